package io.uvit.savedmodels.weights;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A tensor name with small numbers in some places, {@code "down.{l}.block.{b}.conv1"}: matched
 * against names, and filled with numbers.
 */
final class NamePattern {
  /** No network has a hundred of anything; leading zeros would make two names of one. */
  private static final String NUMBER = "(0|[1-9][0-9]?)";

  private static final Pattern FIELD = Pattern.compile("\\{([a-z]+)}");

  private final String template;
  private final Pattern pattern;

  NamePattern(String template) {
    this.template = template;
    StringBuilder regex = new StringBuilder();
    int end = 0;
    for (MatchResult field : FIELD.matcher(template).results().toList()) {
      regex.append(Pattern.quote(template.substring(end, field.start()))).append(NUMBER);
      end = field.end();
    }
    this.pattern = Pattern.compile(regex.append(Pattern.quote(template.substring(end))).toString());
  }

  /** The numbers of a name by field; empty if the name is not of this form. */
  Optional<Map<String, Integer>> match(String name) {
    Matcher matcher = pattern.matcher(name);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Map<String, Integer> numbers = new LinkedHashMap<>();
    int group = 1;
    for (MatchResult field : FIELD.matcher(template).results().toList()) {
      numbers.put(field.group(1), Integer.parseInt(matcher.group(group++)));
    }
    return Optional.of(numbers);
  }

  /**
   * The name with these numbers.
   *
   * @param numbers one for each field
   * @param mirrored applied to the numbers of fields named {@code "up"}
   */
  String fill(Map<String, Integer> numbers, IntUnaryOperator mirrored) {
    return FIELD
        .matcher(template)
        .replaceAll(
            field -> {
              int number = numbers.get(field.group(1));
              return Integer.toString(
                  field.group(1).equals("up") ? mirrored.applyAsInt(number) : number);
            });
  }

  @Override
  public String toString() {
    return template;
  }
}
