package io.uvit.tests.gpu;

import java.util.Locale;

/**
 * The tests that hold what a device computes against the official code. Float32 ones keep their
 * tolerances on a GPU, where TF32 is turned off for them; bfloat16 and float16 have their own.
 */
enum GoldenCase {
  /** Outputs, activations, losses and all gradients of the fixtures' networks. */
  NETWORK("golden.UViTGoldenTest"),
  /** Outputs of networks whose weights are given by formula. */
  FORMULA("golden.UViTFormulaTest"),
  /** Training steps of such networks. */
  FORMULA_TRAINING("golden.UViTFormulaTrainingTest"),
  /** Losses, gradients and training steps in bfloat16 and float16. */
  NARROW_PRECISION("golden.NarrowPrecisionGoldenTest"),
  /** Gradients with activation checkpointing. */
  CHECKPOINTED("golden.CheckpointedGoldenTest"),
  /** Twenty training steps: losses, norms, weights, averages, moments. */
  TRAINING("golden.TrainingGoldenTest"),
  /** Every outer step of the official sampling paths, by the host's loop and the graph's. */
  SAMPLERS("sampler.NetworkSamplerGoldenTest"),
  /** Both directions of the KL autoencoder, activations, draws from its posterior. */
  AUTOENCODER("latent.AutoencoderGoldenTest"),
  /** The signature {@code denoise} of SavedModels. */
  SAVED_MODEL("golden.ImportedWeightsGoldenTest");

  private final String testClass;

  GoldenCase(String testClass) {
    this.testClass = testClass;
  }

  /** Name of the JUnit class. */
  String testClass() {
    return "io.uvit.tests." + testClass;
  }

  /** The word of the command line. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
