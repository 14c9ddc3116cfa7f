package io.uvit.runner.cli;

import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Sample;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageConversion;
import io.uvit.runner.metrics.ProgressStyle;
import io.uvit.runner.sample.SampleOutput;
import io.uvit.runner.sample.SampleProgress;
import io.uvit.runner.train.StopRequest;
import io.uvit.savedmodels.pipeline.UViTPipeline;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.Options;

/** {@code uvit sample}: images from a run, a checkpoint or a SavedModel. */
final class SampleCommand implements Command {

  @Override
  public String name() {
    return "sample";
  }

  @Override
  public String summary() {
    return "make images with a trained or exported model";
  }

  @Override
  public String synopsis() {
    return "--run-dir DIR | --checkpoint DIR | --model DIR --out PATH [--num N] [--labels L,...] [--solver NAME]";
  }

  @Override
  public String description() {
    return "Samples images and prints where they are. What is not said on the command line comes from the sample section of the "
        + "model's experiment. Guidance is in the usual convention s, uncond + s (cond - uncond), 1 = none; the official scale w is "
        + "s - 1. The guided and the unguided network run in one batched pass. Image k of a seed starts from the same noise whatever "
        + "the batch size. --init-image starts from a noised picture instead (img2img); with --mask only the white part of the mask "
        + "is made, and black pixels come back as they are where the solver ends at its estimate of the clean image "
        + "(--denoise-to-zero, or an end time of 0), else within the noise of the end time. The ends of --interpolate-to are image 0 "
        + "of both seeds, under solvers that draw no noise. --compare runs the same noise through several solvers and prints a table "
        + "on standard output: the distance is the root mean square over all pixels, in units of [-1, 1], to 1,000 steps of "
        + "dpm-solver-pp-3m on the same ODE to the same end time. Ctrl-C stops between two evaluations and writes nothing.";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example(
            "a grid of 100 images from the newest checkpoint of a run",
            "uvit sample --run-dir runs/quickstart --num 100 --out digits.png"),
        new Example(
            "ten sevens from a SavedModel in 20 network evaluations, as single pictures",
            "uvit sample --model runs/quickstart/savedmodel --labels 7 --num 10 \\\n"
                + "      --solver dpm-solver-pp-2m --steps 20 --out sevens"),
        new Example(
            "ten variations of a picture",
            "uvit sample --model runs/quickstart/savedmodel \\\n"
                + "      --init-image sevens/000000.png --strength 0.6 --labels 7 --num 10 \\\n"
                + "      --out variations.png"),
        new Example(
            "solvers side by side",
            "uvit sample --model runs/quickstart/savedmodel \\\n"
                + "      --compare ddim,dpm-solver-pp-2m --compare-steps 5,10,20 --out solvers.png"));
  }

  @Override
  public Options options() {
    return SampleOptions.all();
  }

  @Override
  public ExitCode run(Arguments arguments, Console console) throws Exception {
    SampleRequests.checkCombinations(arguments);
    Path out = arguments.requiredPath(SampleOptions.OUT, console);
    Sample asked = SampleSettings.of(arguments);
    try (StopRequest stop = StopRequest.onSignals();
        UViTPipeline pipeline = SampleModel.open(arguments, console)) {
      SampleRequests requests = new SampleRequests(arguments, console, pipeline);
      boolean whole =
          arguments.has(SampleOptions.COMPARE)
              ? new SampleComparison(arguments, console, pipeline, stop).run(requests, asked, out)
              : sample(pipeline, requests, asked, stop, arguments, console);
      if (whole) {
        console.out().println(out);
        return ExitCode.OK;
      }
      console.note("stopped; nothing was written");
      return stop.reason() == StopRequest.Reason.INTERRUPT
          ? ExitCode.INTERRUPTED
          : ExitCode.TERMINATED;
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage(), e);
    }
  }

  private static boolean sample(
      UViTPipeline pipeline,
      SampleRequests requests,
      Sample asked,
      StopRequest stop,
      Arguments arguments,
      Console console)
      throws Exception {
    Experiment experiment = pipeline.experiment();
    Sample settings = SampleSettings.resolve(asked, experiment, arguments, requests.hasNegative());
    SampleRequests.Asked request = requests.request(settings, asked.hasCount());
    List<ByteImage> images = new ArrayList<>();
    try (SampleProgress progress =
        new SampleProgress(
            "sample",
            request.count(),
            settings.getBatchSize(),
            stop,
            progressStyle(console),
            console.err())) {
      boolean whole =
          pipeline.sample(
              request.request(),
              progress,
              (first, batch) -> {
                images.addAll(ImageConversion.toImages(batch, request.shape()));
                if (!console.terminal()) {
                  console.note("sampled " + images.size() + "/" + request.count());
                }
              });
      if (!whole) {
        return false;
      }
    }
    Path out = arguments.requiredPath(SampleOptions.OUT, console);
    SampleOutput.of(out).write(out, images, request.labels());
    return true;
  }

  /** A bar on a terminal, nothing elsewhere. */
  static Optional<ProgressStyle> progressStyle(Console console) {
    return console.terminal()
        ? Optional.of(ProgressStyle.of(true, System.getenv()))
        : Optional.empty();
  }
}
