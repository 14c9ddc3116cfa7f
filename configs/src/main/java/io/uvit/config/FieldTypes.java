package io.uvit.config;

import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.util.List;

/** What the fields of the schema accept, in words. */
final class FieldTypes {
  private FieldTypes() {}

  /** The names a value of the enum may have; the unspecified value 0 is no choice. */
  static List<String> choices(EnumDescriptor type) {
    return type.getValues().stream()
        .filter(value -> value.getNumber() != 0)
        .map(value -> value.getName())
        .toList();
  }

  /** What a field wants, for the {@code wanted} part of a problem. */
  static String wanted(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case INT -> "an integer from " + Integer.MIN_VALUE + " to " + Integer.MAX_VALUE;
      case LONG -> "an integer from " + Long.MIN_VALUE + " to " + Long.MAX_VALUE;
      case FLOAT, DOUBLE -> "a finite number";
      case BOOLEAN -> "true or false";
      case STRING -> "a text";
      case BYTE_STRING -> "bytes";
      case ENUM -> "one of " + String.join(", ", choices(field.getEnumType()));
      case MESSAGE -> "a message { ... } of type " + field.getMessageType().getName();
    };
  }
}
