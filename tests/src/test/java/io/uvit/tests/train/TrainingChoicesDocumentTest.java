package io.uvit.tests.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.uvit.config.ConfigDefaults;
import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Diffusion;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Prediction;
import io.uvit.config.v1.Train;
import io.uvit.tests.cli.Cli;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code docs/training.md} names the fields, choices and defaults of the schema, and no others. */
class TrainingChoicesDocumentTest {
  private static final String NONE = "none";

  private static String document() throws IOException {
    return Files.readString(Cli.root().resolve("docs/training.md"));
  }

  /** The second cell of each table row by its first one. */
  private static Map<String, String> rows() throws IOException {
    Map<String, String> rows = new TreeMap<>();
    for (String line : document().lines().toList()) {
      String[] cells = line.split(" *\\| *", -1);
      if (cells.length > 3 && cells[1].startsWith("`")) {
        rows.put(cells[1].replace("`", ""), cells[2]);
      }
    }
    return rows;
  }

  @Test
  void everyFieldStandsWithItsDefault() throws IOException {
    Map<String, String> documented = new TreeMap<>(rows());
    documented.keySet().removeIf(name -> !name.contains("."));
    Map<String, String> found = new TreeMap<>();
    for (FieldDescriptor field : Diffusion.getDescriptor().getFields()) {
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        Message chosen = (Message) filled(field).getDiffusion().getField(field);
        for (FieldDescriptor leaf : field.getMessageType().getFields()) {
          found.put("diffusion." + field.getName() + "." + leaf.getName(), text(chosen, leaf));
        }
      } else {
        found.put("diffusion." + field.getName(), text(filled(null).getDiffusion(), field));
      }
    }
    FieldDescriptor flow = Diffusion.getDescriptor().findFieldByName("rectified_flow");
    found.computeIfPresent(
        "diffusion.prediction",
        (path, plain) ->
            plain + ", on rectified_flow " + filled(flow).getDiffusion().getPrediction());
    for (FieldDescriptor field : Train.getDescriptor().getFields()) {
      if (field.getName().contains("ema_")) {
        found.put("train." + field.getName(), text(filled(null).getTrain(), field));
      }
    }
    assertEquals(found, documented);
  }

  /** A filled experiment, with a member of one of the section's oneofs or without. */
  private static Experiment filled(FieldDescriptor member) {
    Experiment.Builder experiment = Experiment.newBuilder();
    if (member != null) {
      experiment.getDiffusionBuilder().getFieldBuilder(member);
    }
    return ConfigDefaults.fill(experiment.build());
  }

  private static String text(Message message, FieldDescriptor field) {
    if (field.isRepeated() || field.hasPresence() && !message.hasField(field)) {
      return NONE;
    }
    Object value = message.getField(field);
    return value instanceof Double number
        ? new BigDecimal(number.toString()).stripTrailingZeros().toPlainString()
        : value.toString();
  }

  @Test
  void everyChoiceStandsInItsTable() throws IOException {
    Set<String> choices = new TreeSet<>();
    Arrays.stream(Prediction.values())
        .filter(p -> p != Prediction.UNRECOGNIZED && p != Prediction.PREDICTION_UNSPECIFIED)
        .forEach(p -> choices.add(p.name()));
    for (OneofDescriptor oneof : Diffusion.getDescriptor().getRealOneofs()) {
      oneof.getFields().forEach(member -> choices.add(member.getName()));
    }
    Set<String> documented = new TreeSet<>(rows().keySet());
    documented.removeIf(name -> name.contains(".") || name.startsWith("--"));
    assertEquals(choices, documented);
  }

  /** The examples are valid as they stand, in an experiment with data and a network. */
  @Test
  void theExamplesAreValid() throws IOException {
    Experiment quickstart = ConfigLoader.load("quickstart", List.of());
    List<String> examples =
        Pattern.compile("```textproto\n(.+?)```", Pattern.DOTALL)
            .matcher(document())
            .results()
            .map((MatchResult match) -> match.group(1))
            .toList();
    assertEquals(2, examples.size());
    Experiment.Builder base = quickstart.toBuilder().clearDiffusion();
    for (String example : examples) {
      Experiment.Builder merged = base.clone();
      TextFormat.merge(example, merged);
      ConfigLoader.resolve(merged.build(), "docs/training.md");
    }
  }
}
