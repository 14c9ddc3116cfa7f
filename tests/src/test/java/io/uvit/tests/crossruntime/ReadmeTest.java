package io.uvit.tests.crossruntime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.runner.cli.Console;
import io.uvit.runner.cli.ExitCode;
import io.uvit.runner.cli.Main;
import io.uvit.runner.data.Dataset;
import io.uvit.savedmodels.pipeline.SampleRequest;
import io.uvit.tests.cli.Cli;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The walk-through of {@code README.md} is true: its command and its programs are run as they stand
 * there, on a run with the weights that {@code quickstart} begins with.
 */
class ReadmeTest {
  private static final String HEADING = "\n## From a model to images\n";
  private static final int LINES = 10;

  @TempDir static Path folder;

  @BeforeAll
  static void export() throws Exception {
    Path weights = folder.resolve("digits.safetensors");
    try (InputStream in =
        Dataset.class.getResourceAsStream("/io/uvit/runner/quickstart/digits.safetensors")) {
      Files.copy(in, weights);
    }
    uvit("import", "--config", "quickstart", "--weights", weights, "--run-dir", "runs/quickstart");
    String[] words = block("sh").strip().split(" ", -1);
    assertEquals("./uvit", words[0]);
    uvit((Object[]) Arrays.copyOfRange(words, 1, words.length));
  }

  private static void uvit(Object... words) {
    String[] arguments = Arrays.stream(words).map(Object::toString).toArray(String[]::new);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(text, true, StandardCharsets.UTF_8);
    ExitCode code = Main.run(arguments, new Console(stream, stream, folder, false));
    assertEquals(ExitCode.OK, code, () -> text.toString(StandardCharsets.UTF_8));
  }

  /** The one fenced block of a language in the walk-through. */
  private static String block(String language) throws IOException {
    String readme = Files.readString(Cli.root().resolve("README.md"));
    int start = readme.indexOf(HEADING);
    assertTrue(start >= 0, "README.md has no section" + HEADING);
    int end = readme.indexOf("\n## ", start + HEADING.length());
    Matcher fences =
        Pattern.compile("(?s)```" + language + "\n(.*?)```").matcher(readme.substring(start, end));
    assertTrue(fences.find(), "no block of " + language);
    String block = fences.group(1);
    assertTrue(!fences.find(), "two blocks of " + language);
    return block;
  }

  /** The ten digits of a picture, one after the other. */
  private static byte[] digits(String name) throws IOException {
    BufferedImage row = ImageIO.read(folder.resolve(name).toFile());
    assertEquals(280, row.getWidth(), name);
    assertEquals(28, row.getHeight(), name);
    byte[] pixels = new byte[10 * 28 * 28];
    for (int i = 0; i < pixels.length; i++) {
      int digit = i / (28 * 28);
      pixels[i] = (byte) row.getRaster().getSample(28 * digit + i % 28, i / 28 % 28, 0);
    }
    return pixels;
  }

  private static byte[] byJava() throws Exception {
    String program = block("java");
    Matcher name = Pattern.compile("(?m)^(?:public )?class (\\w+)").matcher(program);
    assertTrue(name.find(), "the program is a class");
    String file = name.group(1) + ".java";
    Files.writeString(folder.resolve(file), program);
    Cli.java(System.getProperty("java.class.path"))
        .in(folder)
        .within(Duration.ofMinutes(5))
        .run(file)
        .expect(ExitCode.OK);
    return digits("digits-java.png");
  }

  @Test
  void theJavaProgramDrawsTheTenDigits() throws Exception {
    SampleRequest request =
        SampleRequest.builder().labels(0, 1, 2, 3, 4, 5, 6, 7, 8, 9).seed(7).build();
    byte[] wanted = QuickstartModel.pixels(folder.resolve("models/digits"), request);
    QuickstartModel.assertSamePixels("README.md, Java", wanted, byJava());
  }

  @Test
  void thePythonProgramDrawsTheSame() throws Exception {
    Python.run(folder, block("python"));
    byte[] python = digits("digits-python.png");
    QuickstartModel.assertSamePixels("README.md, Java and Python", byJava(), python);
  }

  /** Ten lines that do something, without imports and what every Java program is wrapped in. */
  @Test
  void theProgramsAreShort() throws IOException {
    for (String language : List.of("python", "java")) {
      long lines =
          block(language)
              .lines()
              .map(String::strip)
              .filter(l -> !l.isEmpty() && !l.startsWith("import ") && !l.equals("}"))
              .filter(l -> !l.startsWith("class ") && !l.contains("static void main"))
              .count();
      assertTrue(lines <= LINES, language + ": " + lines + " lines");
    }
  }
}
