package io.uvit.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import io.uvit.config.v1.Experiment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Changes single fields of an experiment: {@code --set a.b=c}.
 *
 * <p>The value is read by the type of the field: an integer, a number, {@code true} or {@code
 * false}, the name of an enum value in any case, a text as it stands, or for a message textproto in
 * braces, which replaces the whole message: {@code diffusion.discrete={}}. Setting a member of a
 * oneof, or a field below one, takes the place of the member that was set. A later override of the
 * same field wins.
 */
public final class ConfigOverrides {
  private static final String ORIGIN = "--set";
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?");

  private ConfigOverrides() {}

  /**
   * Applies overrides in order. Values are checked for their type here, for their meaning by {@link
   * ConfigValidator} after all are applied.
   *
   * @throws ConfigException with a problem for each override that has no {@code =}, an unknown path
   *     (with the nearest names) or a value of the wrong type; the builder then holds the other
   *     overrides
   */
  public static void apply(Experiment.Builder builder, List<String> overrides) {
    List<ConfigProblem> problems = new ArrayList<>();
    for (String override : overrides) {
      try {
        apply(builder, override);
      } catch (ConfigException e) {
        problems.addAll(e.problems());
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(ORIGIN, problems);
    }
  }

  private static void apply(Experiment.Builder builder, String override) {
    int equals = override.indexOf('=');
    if (equals < 1) {
      throw failure(override, "is no override", "'" + override + "'", "path=value");
    }
    String path = override.substring(0, equals).strip();
    List<FieldDescriptor> fields = resolve(path);
    FieldDescriptor last = fields.get(fields.size() - 1);
    Object value = value(path, last, override.substring(equals + 1));
    Message.Builder parent = builder;
    for (FieldDescriptor field : fields.subList(0, fields.size() - 1)) {
      parent = parent.getFieldBuilder(field);
    }
    parent.setField(last, value);
  }

  /** The fields along a path; checked whole before anything is changed. */
  private static List<FieldDescriptor> resolve(String path) {
    List<FieldDescriptor> fields = new ArrayList<>();
    Descriptor type = Experiment.getDescriptor();
    String prefix = "";
    for (String name : path.split("\\.", -1)) {
      if (type == null) {
        throw failure(path, prefix + " has no fields", "." + name, prefix + "=value");
      }
      FieldDescriptor field = type.findFieldByName(name);
      if (field == null) {
        throw unknown(path, prefix, name, type);
      }
      if (field.isRepeated()) {
        throw failure(path, "is a list, which --set cannot change", "", "a config file");
      }
      fields.add(field);
      prefix = prefix.isEmpty() ? name : prefix + "." + name;
      type =
          field.getJavaType() == FieldDescriptor.JavaType.MESSAGE ? field.getMessageType() : null;
    }
    return fields;
  }

  private static ConfigException unknown(String path, String prefix, String name, Descriptor type) {
    List<String> known = type.getFields().stream().map(FieldDescriptor::getName).toList();
    if (known.isEmpty()) {
      return failure(path, "unknown field", "'" + name + "'", "no field, " + prefix + " has none");
    }
    String dotted = prefix.isEmpty() ? "" : prefix + ".";
    List<String> nearest =
        NearestNames.of(name, known).stream().map(candidate -> dotted + candidate).toList();
    return failure(path, "unknown field", "'" + name + "'", String.join(" or ", nearest));
  }

  private static Object value(String path, FieldDescriptor field, String text) {
    String trimmed = text.strip();
    try {
      return switch (field.getJavaType()) {
        case INT -> Integer.valueOf(trimmed);
        case LONG -> Long.valueOf(trimmed);
        case DOUBLE -> number(path, field, trimmed);
        case BOOLEAN -> truth(path, field, trimmed);
        case STRING -> text;
        case ENUM -> enumValue(path, field, trimmed);
        case MESSAGE -> message(path, field, trimmed);
        case FLOAT, BYTE_STRING -> throw wrongType(path, field, trimmed);
      };
    } catch (NumberFormatException e) {
      throw wrongType(path, field, trimmed);
    }
  }

  private static double number(String path, FieldDescriptor field, String text) {
    if (!NUMBER.matcher(text).matches()) {
      throw wrongType(path, field, text);
    }
    return Double.parseDouble(text);
  }

  private static boolean truth(String path, FieldDescriptor field, String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw wrongType(path, field, text);
    };
  }

  private static EnumValueDescriptor enumValue(String path, FieldDescriptor field, String text) {
    EnumValueDescriptor value = field.getEnumType().findValueByName(text.toUpperCase(Locale.ROOT));
    if (value == null || value.getNumber() == 0) {
      throw wrongType(path, field, text);
    }
    return value;
  }

  private static Message message(String path, FieldDescriptor field, String text) {
    if (text.length() < 2 || !text.startsWith("{") || !text.endsWith("}")) {
      throw wrongType(path, field, text);
    }
    Message.Builder parsed = DynamicMessage.newBuilder(field.getMessageType());
    StrictTextParser.merge(text.substring(1, text.length() - 1), parsed, path);
    return parsed.build();
  }

  private static ConfigException wrongType(String path, FieldDescriptor field, String text) {
    String found = text.isEmpty() ? "nothing" : "'" + text + "'";
    return failure(path, "wrong type of value", found, FieldTypes.wanted(field));
  }

  private static ConfigException failure(String path, String problem, String found, String wanted) {
    return new ConfigException(ORIGIN, List.of(new ConfigProblem(path, problem, found, wanted)));
  }
}
