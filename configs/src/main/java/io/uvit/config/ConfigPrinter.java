package io.uvit.config;

import com.google.protobuf.TextFormat;
import io.uvit.config.v1.Experiment;

/** Writes an experiment as text that {@link ConfigLoader#parse} reads back to the same message. */
public final class ConfigPrinter {
  private static final String HEADER =
      """
      # proto-file: uvit/config/v1/experiment.proto
      # proto-message: uvit.config.v1.Experiment
      """;

  private ConfigPrinter() {}

  /**
   * The experiment as a textproto with the two header lines that name the schema: one field a line,
   * fields in the order of their numbers. The same message always gives the same text.
   */
  public static String toText(Experiment experiment) {
    return HEADER + TextFormat.printer().escapingNonAscii(false).printToString(experiment);
  }
}
