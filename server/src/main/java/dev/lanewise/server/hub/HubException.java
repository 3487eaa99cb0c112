package dev.lanewise.server.hub;

import java.io.IOException;

/** A model could not be fetched; the message says why and what to do, for people. */
public class HubException extends IOException {
  HubException(String message) {
    super(message);
  }

  HubException(String message, Throwable cause) {
    super(message, cause);
  }

  /** A repository, or what is here of it, has not the model that was asked for. */
  static final class NoSuchFile extends HubException {
    NoSuchFile(String message) {
      super(message);
    }
  }

  /** What a hub sent is not what it had said; what is here of it is of no use. */
  static final class WrongContent extends HubException {
    WrongContent(String message) {
      super(message);
    }
  }

  /** There was no connection, or no answer. */
  static final class Unreachable extends HubException {
    Unreachable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The connection ended in the middle of a file; another goes on there. */
  static final class BrokenOff extends HubException {
    BrokenOff(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
