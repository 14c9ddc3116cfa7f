package io.uvit.savedmodels.weights;

import java.util.ArrayList;
import java.util.List;

/** Parser of the Python dictionary literal in a numpy header: three keys, no more and no less. */
final class NpyDescription {
  private static final int MAX_RANK = 64;

  private final String text;
  private final MappedSource source;
  private final String subject;
  private int at;
  private String descr;
  private Boolean fortran;
  private List<Long> shape;

  NpyDescription(String text, MappedSource source, String subject) {
    this.text = text;
    this.source = source;
    this.subject = subject;
  }

  /** Parses the description of an array of numbers. */
  NpyDescription parse() {
    parseEntries();
    type();
    return this;
  }

  /** Parses the description of an array of Python objects. */
  NpyDescription parseObjects() {
    parseEntries();
    if (!descr.equals("|O")) {
      throw source.wrong(subject, "numpy type '" + descr + "'", "Python objects ('|O')");
    }
    return this;
  }

  private void parseEntries() {
    expect('{');
    while (!accept('}')) {
      String key = string();
      expect(':');
      entry(key);
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skipSpace();
    if (at != text.length() || descr == null || fortran == null || shape == null) {
      throw wrong("the keys descr, fortran_order and shape and nothing else");
    }
  }

  DataType type() {
    char kind = descr.length() < 2 ? ' ' : descr.charAt(1);
    if (kind == 'O') {
      throw source.wrong(
          subject,
          "an array of Python objects (descr '" + descr + "')",
          "numbers: pickled objects are not read; save it with a numeric dtype");
    }
    return DataType.ofNumpy(descr.isEmpty() ? "" : descr.substring(1))
        .filter(type -> "<>|=".indexOf(descr.charAt(0)) >= 0)
        .orElseThrow(
            () ->
                source.wrong(
                    subject, "numpy type '" + descr + "'", "f2, f4, f8, i1-i8, u1-u8 or b1"));
  }

  boolean bigEndian() {
    return descr.charAt(0) == '>';
  }

  boolean fortran() {
    return fortran;
  }

  List<Long> shape() {
    return shape;
  }

  private void entry(String key) {
    switch (key) {
      case "descr" -> {
        skipSpace();
        if (at < text.length() && text.charAt(at) == '[') {
          throw source.wrong(subject, "a structured numpy array", "an array of plain numbers");
        }
        descr = once(descr, string());
      }
      case "fortran_order" -> fortran = once(fortran, bool());
      case "shape" -> shape = once(shape, tuple());
      default -> throw source.wrong(subject, "key '" + key + "'", "descr, fortran_order or shape");
    }
  }

  private <T> T once(T before, T value) {
    if (before != null) {
      throw wrong("every key once");
    }
    return value;
  }

  private String string() {
    skipSpace();
    char quote = at < text.length() ? text.charAt(at) : ' ';
    int end = quote == '\'' || quote == '"' ? text.indexOf(quote, at + 1) : -1;
    if (end < 0) {
      throw wrong("a quoted string");
    }
    String value = text.substring(at + 1, end);
    at = end + 1;
    return value;
  }

  private boolean bool() {
    skipSpace();
    for (boolean value : new boolean[] {true, false}) {
      String word = value ? "True" : "False";
      if (text.startsWith(word, at)) {
        at += word.length();
        return value;
      }
    }
    throw wrong("True or False");
  }

  private List<Long> tuple() {
    List<Long> values = new ArrayList<>();
    expect('(');
    while (!accept(')')) {
      values.add(integer());
      if (values.size() > MAX_RANK) {
        throw wrong("at most " + MAX_RANK + " dimensions");
      }
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return values;
  }

  private long integer() {
    skipSpace();
    int start = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    try {
      long value = Long.parseLong(text, start, at, 10);
      // Python 2 wrote long integers as 3L.
      accept('L');
      return value;
    } catch (NumberFormatException e) {
      throw new WeightFileException(
          source.path(), subject, "numpy header " + text.strip(), "a dimension at " + start, e);
    }
  }

  private void expect(char c) {
    if (!accept(c)) {
      throw wrong("'" + c + "'");
    }
  }

  private boolean accept(char c) {
    skipSpace();
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private WeightFileException wrong(String wanted) {
    return source.wrong(subject, "numpy header " + text.strip() + " at " + at, wanted);
  }
}
