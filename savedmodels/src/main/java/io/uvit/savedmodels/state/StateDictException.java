package io.uvit.savedmodels.state;

import java.util.List;

/** The tensors of a file are not those of the network. */
public final class StateDictException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int SHOWN = 20;
  private final List<String> problems;

  /**
   * @param file the file
   * @param problems one line for each tensor that does not fit
   */
  public StateDictException(String file, List<String> problems) {
    super(message(file, problems));
    this.problems = List.copyOf(problems);
  }

  private static String message(String file, List<String> problems) {
    String shown = String.join("\n  ", problems.subList(0, Math.min(SHOWN, problems.size())));
    String more =
        problems.size() > SHOWN ? "\n  ... and " + (problems.size() - SHOWN) + " more" : "";
    return file + ": " + problems.size() + " tensors do not fit the network:\n  " + shown + more;
  }

  /** All problems. */
  public List<String> problems() {
    return problems;
  }
}
