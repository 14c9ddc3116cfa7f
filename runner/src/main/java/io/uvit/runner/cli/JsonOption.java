package io.uvit.runner.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** The option {@code --json} of commands that report something. */
final class JsonOption {
  private static final String JSON = "json";

  private JsonOption() {}

  /** Adds it. */
  static Options add(Options options) {
    return options.addOption(Option.builder().longOpt(JSON).desc("print one JSON object").get());
  }

  /** Whether it was given. */
  static boolean given(Arguments arguments) {
    return arguments.has(JSON);
  }

  /** Prints an object for people and programs to read. */
  static void print(Console console, JsonObject json) {
    console
        .out()
        .println(new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create().toJson(json));
  }
}
