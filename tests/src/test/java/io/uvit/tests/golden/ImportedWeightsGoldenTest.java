package io.uvit.tests.golden;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Official weights become a SavedModel whose {@code denoise} gives the official outputs; tolerance
 * 5e-5 absolute, as for any float32 implementation.
 */
class ImportedWeightsGoldenTest {
  @TempDir Path folder;

  @ParameterizedTest
  @MethodSource(Fixtures.NETWORKS)
  void servedOutputsAreTheOfficialOnes(String fixture) throws IOException {
    assertArrayEquals(
        DenoiseInputs.wanted(fixture),
        ServedNetwork.write(fixture, folder).prediction(),
        5e-5f,
        fixture);
  }
}
