package io.uvit.runner.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The names nearest to a misspelt one, by edit distance. */
final class Suggestions {
  private static final int AT_MOST = 3;

  private Suggestions() {}

  /** {@code "; did you mean X or Y?"}, or the empty text when nothing is near. */
  static String phrase(String found, Collection<String> known) {
    List<String> near = nearest(found, known);
    return near.isEmpty() ? "" : "; did you mean " + String.join(" or ", near) + "?";
  }

  /** At most three of {@code known}, nearest first, that differ in no more than a third of a word. */
  static List<String> nearest(String found, Collection<String> known) {
    String word = found.toLowerCase(Locale.ROOT);
    return known.stream()
        .filter(name -> isNear(word, name))
        .sorted(Comparator.<String>comparingInt(name -> distance(word, name)).thenComparing(name -> name))
        .limit(AT_MOST)
        .toList();
  }

  private static boolean isNear(String word, String name) {
    boolean beginning = word.length() >= 3 && name.startsWith(word);
    return beginning || distance(word, name) <= Math.max(1, Math.max(word.length(), name.length()) / 3);
  }

  /** Levenshtein distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
