package io.uvit.runner.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.ConfigException;
import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Grid;
import io.uvit.config.v1.Sample;
import io.uvit.config.v1.Solver;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the options of {@code uvit sample} mean, before any model is there. */
class SampleOptionsTest {
  private static final Experiment DIGITS = ConfigLoader.load("quickstart", List.of());

  private static Arguments parse(String... arguments) throws UsageException {
    return Main.parse(new SampleCommand(), List.of(arguments));
  }

  private static void refused(String[] arguments, String... texts) {
    UsageException refusal =
        assertThrows(
            UsageException.class,
            () -> {
              Arguments parsed = parse(arguments);
              SampleRequests.checkCombinations(parsed);
              SampleSettings.resolve(SampleSettings.of(parsed), DIGITS, parsed, false);
              if (parsed.has(SampleOptions.COMPARE)) {
                SampleComparison.named(parsed, 25);
              }
            });
    for (String text : texts) {
      assertTrue(refusal.getMessage().contains(text), refusal.getMessage());
    }
  }

  private static String[] args(String line) {
    return line.split(" ");
  }

  @Test
  void optionsAndOverridesMakeOneSection() throws UsageException {
    Arguments arguments =
        parse(
            args(
                "--solver ddim --steps 7 --grid karras --eta 0.25 --denoise-to-zero"
                    + " --guidance-interval 0.2,0.8 --guidance-rescale 0.7"
                    + " --dynamic-thresholding false --set sample.start_time=0.9"));
    Sample asked = SampleSettings.of(arguments);
    assertFalse(asked.hasGuidanceScale(), "not said");
    Sample sample = SampleSettings.resolve(asked, DIGITS, arguments, false);
    assertEquals(Solver.DDIM, sample.getSolver());
    assertEquals(Grid.KARRAS, sample.getGrid());
    assertEquals(0.25, sample.getEta());
    assertTrue(sample.getDenoiseToZero());
    assertEquals(0.2, sample.getGuidanceStart());
    assertEquals(0.8, sample.getGuidanceEnd());
    assertEquals(0.7, sample.getGuidanceRescale());
    assertFalse(sample.getDynamicThresholding());
    assertEquals(0.9, sample.getStartTime());
    assertEquals(3, sample.getGuidanceScale(), "the experiment's");
  }

  @Test
  void anotherSolverLeavesTheOptionsOfTheExperimentsOwn() throws UsageException {
    Arguments arguments = parse("--solver", "dpm-solver-23");
    Sample sample = SampleSettings.resolve(SampleSettings.of(arguments), DIGITS, arguments, false);
    assertFalse(sample.hasLowerOrderFinal());
    assertTrue(sample.hasAbsoluteTolerance());
  }

  @Test
  void whatMakesNoSenseIsRefusedByName() {
    refused(args("--strength 0.5"), "--strength", "--init-image");
    refused(args("--mask m.png"), "--mask", "--init-image");
    refused(args("--interpolate-to 3 --init-image a.png"), "--interpolate-to and --init-image");
    refused(args("--classify"), "--classify", "--compare");
    refused(args("--compare-steps 5"), "--compare-steps", "--compare");
    refused(args("--compare ddim --solver ddim"), "--compare and --solver");
    refused(args("--compare ddim --steps 5"), "--compare and --steps");
    refused(args("--compare ddim --init-image a.png --mask m.png"), "--compare and --mask");
    refused(args("--eta 0.5"), "--eta: is no option of", "DPM_SOLVER_PP_2M", "DDIM");
    refused(args("--solver dpm-solver-12 --grid karras"), "--grid", "not adaptive");
    refused(args("--solver euler-maruyama-sde --denoise-to-zero"), "--denoise-to-zero");
    refused(args("--set sample.eta=0.5"), "sample.eta: is no option of");
    refused(args("--set sample.steps=5 --steps 6"), "--steps and --set sample.steps");
    refused(args("--set train.steps=5"), "train.steps=5", "sample.NAME=VALUE");
    refused(args("--guidance-interval 0.8,0.2"), "--guidance-interval", "A <= B");
    refused(args("--guidance-interval 0.8"), "--guidance-interval", "A,B");
    refused(args("--guidance-interval a,b"), "--guidance-interval", "A,B");
    refused(args("--dynamic-thresholding maybe"), "--dynamic-thresholding", "true or false");
    refused(args("--compare ddim:x"), "--compare", "'ddim:x'");
    refused(args("--compare ddin"), "--compare", "'ddin'", "NAME:STEPS");
    refused(args("--compare dpm-solver-12:5"), "--compare", "chooses its own");
    assertThrows(ConfigException.class, () -> SampleSettings.of(parse("--set", "sample.no=1")));
  }

  @Test
  void comparisonsAreSolversTimesSteps() throws UsageException {
    Arguments arguments =
        parse(args("--compare ddim,heun:7,dpm-solver-12,ddim --compare-steps 5,10"));
    assertEquals(
        List.of("ddim 5", "ddim 10", "heun 7", "dpm-solver-12"),
        SampleComparison.named(arguments, 25).stream().map(SampleComparison.Named::label).toList());
    assertEquals(
        List.of(new SampleComparison.Named(Solver.DDIM, 25)),
        SampleComparison.named(parse("--compare", "ddim"), 25));
  }

  @Test
  void anAbsentAutoencoderIsNamed() {
    for (String name : List.of("imagenet256_uvit_large", "mscoco_uvit_small")) {
      ConfigException refusal =
          assertThrows(
              ConfigException.class,
              () -> AutoencoderOptions.require(ConfigLoader.load(name, List.of())));
      assertEquals(1, refusal.problems().size());
      assertTrue(refusal.getMessage().contains("latent.autoencoder"), refusal.getMessage());
      assertTrue(refusal.getMessage().contains("--autoencoder"), refusal.getMessage());
    }
  }
}
