package io.uvit.tests.crossruntime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Runs Python programs with the interpreter that {@code -Duvit.python} or {@code -Duvit.torch}
 * names, isolated ({@code -I}: no {@code PYTHON*} variables, no modules beside the program or of
 * the user) and with an empty environment: nothing of ours is within its reach but the files it is
 * given.
 */
final class Python {
  /** Where the system has its programs, libraries and temporary files. */
  private static final Set<String> SYSTEM = Set.of("PATH", "LD_LIBRARY_PATH", "TMPDIR");

  private Python() {}

  /** The text of a script among the resources of these tests. */
  static String resource(String name) throws IOException {
    try (InputStream in = Python.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /**
   * What a program writes to its standard output; it must end with exit code 0 within five minutes.
   *
   * @param folder the working directory
   */
  static String run(Path folder, String program, String... arguments)
      throws IOException, InterruptedException {
    String python = System.getProperty("uvit.python", "");
    assumeTrue(
        !python.isEmpty(), "skipped: -Duvit.python=PATH names no Python that has tensorflow");
    return run(python, folder, program, arguments);
  }

  /**
   * As {@link #run} with the interpreter that {@code -Duvit.torch} names, which has PyTorch and
   * NumPy.
   */
  static String runTorch(Path folder, String program, String... arguments)
      throws IOException, InterruptedException {
    String python = System.getProperty("uvit.torch", "");
    assumeTrue(!python.isEmpty(), "skipped: -Duvit.torch=PATH names no Python that has torch");
    Process probe =
        new ProcessBuilder(python, "-I", "-c", "import numpy, torch")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assumeTrue(probe.waitFor() == 0, "skipped: " + python + " cannot import torch and numpy");
    return run(python, folder, program, arguments);
  }

  private static String run(String python, Path folder, String program, String... arguments)
      throws IOException, InterruptedException {
    Path script = Files.writeString(folder.resolve("program.py"), program);
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    List<String> command = new ArrayList<>(List.of(python, "-I", script.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().retainAll(SYSTEM);
    builder.environment().put("CUDA_VISIBLE_DEVICES", "");
    Process process = builder.start();
    boolean ended = process.waitFor(5, TimeUnit.MINUTES);
    process.destroyForcibly();
    assertTrue(ended, "Python did not end within five minutes");
    assertEquals(0, process.exitValue(), Files.readString(err));
    return Files.readString(out);
  }
}
