package io.uvit.tests.gpu;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What came of a step.
 *
 * @param name of the step
 * @param stage of the step
 * @param status how it ended
 * @param seconds it took
 * @param detail why it did not succeed; empty if it did
 * @param figures its JSON line; empty if it printed none
 */
record StepOutcome(
    String name, Stage stage, Status status, double seconds, String detail, JsonObject figures) {
  private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

  /** How a step ended. */
  enum Status {
    OK,
    FAILED,
    TIMED_OUT,
    /** No time was left for it, or it was not needed. */
    NOT_RUN;

    String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /** A step that was not begun. */
  static StepOutcome notRun(Step step, String reason) {
    return new StepOutcome(step.name(), step.stage(), Status.NOT_RUN, 0, reason, new JsonObject());
  }

  boolean ok() {
    return status == Status.OK;
  }

  /** Writes {@code NAME.json} in a folder. */
  void write(Path folder) throws IOException {
    JsonObject json = new JsonObject();
    json.addProperty("name", name);
    json.addProperty("stage", stage.word());
    json.addProperty("status", status.name());
    json.addProperty("seconds", seconds);
    json.addProperty("detail", detail);
    json.add("figures", figures);
    Files.writeString(folder.resolve(name + ".json"), GSON.toJson(json) + "\n");
  }

  /** Reads a file of {@link #write}. */
  static StepOutcome read(Path file) throws IOException {
    JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    return new StepOutcome(
        json.get("name").getAsString(),
        Stage.of(json.get("stage").getAsString()),
        Status.valueOf(json.get("status").getAsString()),
        json.get("seconds").getAsDouble(),
        json.get("detail").getAsString(),
        json.getAsJsonObject("figures"));
  }
}
