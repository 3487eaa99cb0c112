package dev.lanewise.server.hub;

/** Is told how a pull gets on. */
public interface PullListener {
  /** Another process pulls the same model, and is waited for. */
  void waiting();

  /**
   * It is known what will be pulled.
   *
   * @param model which files, and their size
   * @param alternatives how many models there were to choose from, without this one
   */
  void chosen(String model, int alternatives);

  /** So many bytes of all are here. */
  void received(long bytes, long total);
}
