package dev.lanewise.server.openai;

import java.util.ArrayList;
import java.util.List;

/** Where the fields of an object with a type are, such as a tool. */
enum TypedFields {
  /** In an object with the name of its type, as in chats. */
  NESTED,
  /** Beside its type, as in responses. */
  FLAT;

  /**
   * The fields of an element.
   *
   * @param type its type
   * @param known the fields that it may have
   * @throws ApiError if there are others
   */
  RequestFields of(RequestFields element, String type, List<String> known) {
    if (this == NESTED) {
      element.refuseUnknown(List.of("type", type));
      RequestFields fields = element.requiredObject(type);
      fields.refuseUnknown(known);
      return fields;
    }
    List<String> own = new ArrayList<>(known);
    own.add("type");
    element.refuseUnknown(own);
    return element;
  }
}
