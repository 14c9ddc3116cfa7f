package io.uvit.config;

import io.uvit.config.v1.Experiment;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/**
 * The way from a config's text to a resolved experiment: strict parsing, overrides, defaults,
 * validation.
 *
 * <p>A resolved experiment has every default written in (see {@link ConfigDefaults}) and has passed
 * every check of {@link ConfigValidator}. Messages are immutable.
 */
public final class ConfigLoader {
  private static final String EXTENSION = ".textproto";

  private ConfigLoader() {}

  /**
   * Reads a config file.
   *
   * @throws ConfigException if the file cannot be read, does not parse, or is not valid
   */
  public static Experiment load(Path file) {
    return parse(read(file), file.toString());
  }

  /**
   * Reads a config by file path, or by the name of a bundled one if no such file exists, and
   * applies overrides.
   *
   * @param nameOrPath a file, or a name such as {@code cifar10_uvit_small} (see {@link
   *     BundledConfigs#names})
   * @param overrides {@code a.b=c} each, see {@link ConfigOverrides}; they are checked after all
   *     are applied
   * @throws ConfigException if there is neither file nor bundled config, or it does not parse, or
   *     an override cannot be applied, or the result is not valid
   */
  public static Experiment load(String nameOrPath, List<String> overrides) {
    return parse(text(nameOrPath), nameOrPath, overrides);
  }

  /**
   * Parses the text of a config.
   *
   * @param origin what to call the text in messages, usually the file
   * @throws ConfigException if the text does not parse or is not valid
   */
  public static Experiment parse(String text, String origin) {
    return parse(text, origin, List.of());
  }

  /** As {@link #parse(String, String)}, with overrides. */
  public static Experiment parse(String text, String origin, List<String> overrides) {
    Experiment.Builder builder = StrictTextParser.parse(text, origin);
    ConfigOverrides.apply(builder, overrides);
    return resolve(builder.build(), origin);
  }

  /**
   * Writes the defaults in and checks the result.
   *
   * @throws ConfigException if the experiment is not valid
   */
  public static Experiment resolve(Experiment experiment, String origin) {
    Experiment filled = ConfigDefaults.fill(experiment);
    List<ConfigProblem> problems = ConfigValidator.problems(filled);
    if (!problems.isEmpty()) {
      throw new ConfigException(origin, problems);
    }
    return filled;
  }

  private static String text(String nameOrPath) {
    try {
      Path file = Path.of(nameOrPath);
      if (Files.exists(file)) {
        return read(file);
      }
    } catch (InvalidPathException e) {
      throw failure(nameOrPath, "is no valid path", e.getReason(), "a file or a bundled name", e);
    }
    return BundledConfigs.text(nameOrPath).orElseThrow(() -> unknown(nameOrPath));
  }

  private static ConfigException unknown(String nameOrPath) {
    String base = nameOrPath.substring(nameOrPath.lastIndexOf('/') + 1);
    String name =
        base.endsWith(EXTENSION) ? base.substring(0, base.length() - EXTENSION.length()) : base;
    String nearest = String.join(", ", NearestNames.of(name, BundledConfigs.names()));
    return failure(
        nameOrPath,
        "no such file and no bundled config of that name",
        nameOrPath,
        "a file or one of " + nearest,
        null);
  }

  private static String read(Path file) {
    if (Files.isDirectory(file)) {
      throw failure(
          file.toString(), "cannot be read", "a folder", "a " + EXTENSION + " file", null);
    }
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw failure(
          file.toString(), "cannot be read", "bytes that are not UTF-8", "a text file", e);
    } catch (IOException e) {
      String found = Files.exists(file) ? String.valueOf(e.getMessage()) : "no such file";
      throw failure(file.toString(), "cannot be read", found, "a " + EXTENSION + " file", e);
    }
  }

  private static ConfigException failure(
      String origin, String problem, String found, String wanted, Throwable cause) {
    return new ConfigException(
        origin, List.of(new ConfigProblem("config", problem, found, wanted)), cause);
  }
}
