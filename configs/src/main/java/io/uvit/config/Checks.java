package io.uvit.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Collects problems; each check states what it wants and adds a problem when it does not find it.
 */
final class Checks {
  private final List<ConfigProblem> problems = new ArrayList<>();

  List<ConfigProblem> problems() {
    return List.copyOf(problems);
  }

  void problem(String path, String problem, Object found, String wanted) {
    problems.add(new ConfigProblem(path, problem, String.valueOf(found), wanted));
  }

  void atLeast(String path, long found, long least) {
    if (found < least) {
      problem(path, found == 0 ? "missing or zero" : "too small", found, "at least " + least);
    }
  }

  /** A finite number above 0. */
  void positive(String path, double found) {
    if (!(found > 0) || Double.isInfinite(found)) {
      problem(path, "out of range", found, "a finite number > 0");
    }
  }

  /** A finite number, 0 or above. */
  void nonNegative(String path, double found) {
    if (!(found >= 0) || Double.isInfinite(found)) {
      problem(path, "out of range", found, "a finite number >= 0");
    }
  }

  /** A probability: 0 to 1, both included. */
  void probability(String path, double found) {
    if (!(found >= 0 && found <= 1)) {
      problem(path, "out of range", found, "a probability in [0, 1]");
    }
  }

  /** A decay rate: 0 included, 1 excluded. */
  void rate(String path, double found) {
    if (!(found >= 0 && found < 1)) {
      problem(path, "out of range", found, "a rate in [0, 1)");
    }
  }

  /** A multiple of a divisor; says nothing where value or divisor are themselves not positive. */
  void multiple(String path, int found, String divisorPath, int divisor) {
    if (found > 0 && divisor > 0 && found % divisor != 0) {
      problem(
          path,
          "is not divisible by " + divisorPath,
          found,
          String.format(
              Locale.ROOT,
              "a multiple of %d, nearest %d or %d",
              divisor,
              Math.max(divisor, found / divisor * divisor),
              (found / divisor + 1L) * divisor));
    }
  }

  void notEmpty(String path, String found, String wanted) {
    if (found.isBlank()) {
      problem(path, "missing", "nothing", wanted);
    }
  }

  /** An enum value this program knows; a file of a newer version may hold others. */
  void known(String path, int number, String wanted) {
    if (number <= 0) {
      problem(path, "unknown value", number, wanted);
    }
  }
}
