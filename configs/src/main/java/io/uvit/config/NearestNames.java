package io.uvit.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Suggestions for a misspelt name: the known names by edit distance. */
final class NearestNames {
  private static final int MOST = 3;

  private NearestNames() {}

  /**
   * At most three known names, nearest first. Names farther than half their length are left out; if
   * that leaves none, all names are given in their own order so that the reader sees the choice.
   */
  static List<String> of(String name, Collection<String> known) {
    List<String> near =
        known.stream()
            .filter(candidate -> isNear(name, candidate))
            .sorted(Comparator.comparingInt(candidate -> distance(name, candidate)))
            .limit(MOST)
            .toList();
    return near.isEmpty() ? List.copyOf(known) : near;
  }

  private static boolean isNear(String name, String candidate) {
    String a = name.toLowerCase(Locale.ROOT);
    String b = candidate.toLowerCase(Locale.ROOT);
    return distance(a, b) <= Math.max(1, Math.max(a.length(), b.length()) / 2)
        || (a.length() >= 3 && b.contains(a));
  }

  /**
   * Levenshtein distance without regard to case: insertions, deletions and substitutions cost 1
   * each.
   */
  static int distance(String left, String right) {
    String a = left.toLowerCase(Locale.ROOT);
    String b = right.toLowerCase(Locale.ROOT);
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(substitution, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
