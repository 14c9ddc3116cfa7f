package io.uvit.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import com.google.protobuf.TextFormat.Parser.SingularOverwritePolicy;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.ExperimentProto;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses textproto without forgiveness: unknown fields, singular fields given twice and two members
 * of a oneof are problems with line and column, unknown names with the nearest known ones.
 */
final class StrictTextParser {
  private static final TextFormat.Parser PARSER =
      TextFormat.Parser.newBuilder()
          .setSingularOverwritePolicy(SingularOverwritePolicy.FORBID_SINGULAR_OVERWRITES)
          .build();

  private static final Pattern UNKNOWN_FIELD = Pattern.compile("(\\d+):(\\d+):\t(.+)\\.([^.\\n]+)");
  private static final Pattern UNKNOWN_ENUM =
      Pattern.compile("Enum type \"(.+)\" has no value (?:named|with number) \"?([^\".]+)\"?\\.");
  private static final Pattern OVERWRITE =
      Pattern.compile("Non-repeated field \"(.+)\" cannot be overwritten\\.");
  private static final Pattern ONEOF =
      Pattern.compile(
          "Field \"(.+)\" is specified along with field \"(.+)\", another member of oneof \"(.+)\"\\.");
  private static final Pattern INTEGER = Pattern.compile("Couldn't parse integer: .+");
  private static final Pattern EXPECTED = Pattern.compile("Expected (.+?)\\.(?: Found .+)?");

  private StrictTextParser() {}

  /**
   * Parses a whole experiment.
   *
   * @throws ConfigException if the text is not exactly one experiment
   */
  static Experiment.Builder parse(String text, String origin) {
    Experiment.Builder builder = Experiment.newBuilder();
    merge(text, builder, origin);
    return builder;
  }

  /**
   * Parses text into a builder of any message of the schema.
   *
   * @throws ConfigException if the text does not parse; the builder is then in no defined state
   */
  static void merge(String text, Message.Builder builder, String origin) {
    try {
      PARSER.merge(text, builder);
    } catch (TextFormat.ParseException e) {
      throw new ConfigException(origin, problems(e, text, origin), e);
    }
  }

  private static List<ConfigProblem> problems(
      TextFormat.ParseException e, String text, String origin) {
    List<ConfigProblem> problems = new ArrayList<>();
    Matcher unknown = UNKNOWN_FIELD.matcher(e.getMessage());
    while (unknown.find()) {
      String path = origin + ":" + unknown.group(1) + ":" + unknown.group(2);
      problems.add(unknownField(path, unknown.group(3), unknown.group(4)));
    }
    if (problems.isEmpty()) {
      String path = origin + ":" + e.getLine() + ":" + e.getColumn();
      String message = e.getMessage().replaceFirst("^\\d+:\\d+: ", "");
      problems.add(explain(path, message, wordAt(text, e.getLine(), e.getColumn())));
    }
    return problems;
  }

  private static ConfigProblem explain(String path, String message, String word) {
    Matcher matcher = UNKNOWN_ENUM.matcher(message);
    if (matcher.matches()) {
      return unknownEnum(path, matcher.group(1), matcher.group(2));
    }
    matcher = OVERWRITE.matcher(message);
    if (matcher.matches()) {
      return new ConfigProblem(path, simpleName(matcher.group(1)) + " is given twice", "", "once");
    }
    matcher = ONEOF.matcher(message);
    if (matcher.matches()) {
      String both = simpleName(matcher.group(2)) + " and " + simpleName(matcher.group(1));
      return new ConfigProblem(path, matcher.group(3) + " is given twice", both, "one of them");
    }
    if (INTEGER.matcher(message).matches()) {
      return new ConfigProblem(
          path, "cannot be read", word, "an integer in the range of the field");
    }
    matcher = EXPECTED.matcher(message);
    if (matcher.matches()) {
      return new ConfigProblem(path, "cannot be read", word, matcher.group(1));
    }
    return new ConfigProblem(path, message.replaceFirst("\\.$", ""), word, "");
  }

  private static ConfigProblem unknownField(String path, String type, String name) {
    Descriptor descriptor = find(type);
    if (descriptor == null) {
      return new ConfigProblem(path, "unknown field", name, "a field of " + simpleName(type));
    }
    List<String> known = descriptor.getFields().stream().map(FieldDescriptor::getName).toList();
    String wanted =
        known.isEmpty()
            ? "no field, " + descriptor.getName() + " has none"
            : String.join(" or ", NearestNames.of(name, known));
    return new ConfigProblem(path, "unknown field of " + descriptor.getName(), name, wanted);
  }

  private static ConfigProblem unknownEnum(String path, String type, String found) {
    for (EnumDescriptor candidate : ExperimentProto.getDescriptor().getEnumTypes()) {
      if (candidate.getFullName().equals(type)) {
        String choices = String.join(", ", FieldTypes.choices(candidate));
        return new ConfigProblem(path, "unknown value", found, "one of " + choices);
      }
    }
    return new ConfigProblem(path, "unknown value", found, "a " + simpleName(type));
  }

  private static Descriptor find(String fullName) {
    return ExperimentProto.getDescriptor().getMessageTypes().stream()
        .filter(candidate -> candidate.getFullName().equals(fullName))
        .findFirst()
        .orElse(null);
  }

  private static String simpleName(String fullName) {
    return fullName.substring(fullName.lastIndexOf('.') + 1);
  }

  /**
   * The text from a position to the next blank, at most 40 characters; line and column count from
   * 1.
   */
  private static String wordAt(String text, int line, int column) {
    List<String> lines = text.lines().toList();
    if (line < 1 || line > lines.size()) {
      return "the end of the text";
    }
    String content = lines.get(line - 1);
    String rest = content.substring(Math.min(Math.max(column - 1, 0), content.length()));
    String word = rest.strip().split("\\s", 2)[0];
    if (word.isEmpty()) {
      return line == lines.size() ? "the end of the text" : "the end of the line";
    }
    return word.substring(0, Math.min(40, word.length()));
  }
}
