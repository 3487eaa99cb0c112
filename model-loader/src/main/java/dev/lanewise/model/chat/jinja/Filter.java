package dev.lanewise.model.chat.jinja;

/** {@code subject | filter(arguments)}. */
@FunctionalInterface
interface Filter {
  Value apply(Value subject, Arguments arguments, Run run);
}
