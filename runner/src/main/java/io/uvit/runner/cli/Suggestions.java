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

  /**
   * At most three of {@code known}, nearest first, that differ in no more than a third of a word.
   */
  static List<String> nearest(String found, Collection<String> known) {
    String word = found.toLowerCase(Locale.ROOT);
    return known.stream()
        .filter(name -> isNear(word, name))
        .sorted(
            Comparator.<String>comparingInt(name -> distance(word, name))
                .thenComparing(name -> name))
        .limit(AT_MOST)
        .toList();
  }

  private static boolean isNear(String word, String name) {
    boolean beginning = word.length() >= 3 && name.startsWith(word);
    return beginning
        || distance(word, name) <= Math.max(1, Math.max(word.length(), name.length()) / 3);
  }

  /** Edit distance where swapping two neighbours counts once (optimal string alignment). */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int substituted = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(substituted, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          d[i][j] = Math.min(d[i][j], 1 + d[i - 2][j - 2]);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
