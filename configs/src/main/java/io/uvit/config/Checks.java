package io.uvit.config;

import com.google.protobuf.Descriptors.EnumDescriptor;
import java.util.ArrayList;
import java.util.List;

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

  /** Any number but an infinite one. */
  void finite(String path, double found) {
    if (!Double.isFinite(found)) {
      problem(path, "out of range", found, "a finite number");
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
      long below = found / divisor * (long) divisor;
      String nearest = (below > 0 ? below + " or " : "") + (below + divisor);
      String wanted = "a multiple of " + divisor + ", nearest " + nearest;
      problem(path, "is not divisible by " + divisorPath, found, wanted);
    }
  }

  void notEmpty(String path, String found, String wanted) {
    if (found.isBlank()) {
      problem(path, "missing", "nothing", wanted);
    }
  }

  /** A named value of an enum: textproto lets any number through. */
  void known(String path, EnumDescriptor type, int number) {
    if (number == 0 || type.findValueByNumber(number) == null) {
      String wanted = "one of " + String.join(", ", FieldTypes.choices(type));
      problem(path, "unknown value", number, wanted);
    }
  }
}
