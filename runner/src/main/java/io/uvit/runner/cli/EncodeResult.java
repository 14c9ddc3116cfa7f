package io.uvit.runner.cli;

import io.uvit.config.ConfigLoader;
import io.uvit.config.ConfigPrinter;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Features;
import io.uvit.config.v1.Latent;
import io.uvit.config.v1.Preprocess;
import io.uvit.runner.features.FeatureException;
import io.uvit.runner.features.FeatureStoreWriter;
import io.uvit.runner.features.LatentStatistics;
import io.uvit.savedmodels.checkpoint.AtomicFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What {@code uvit encode} tells at its end: the latents' statistics, and the experiment. */
record EncodeResult(
    Arguments arguments, Console console, Experiment experiment, FeatureStoreWriter store) {

  void tell() throws IOException, UsageException {
    Optional<LatentStatistics> found = store.statistics();
    int missing = store.missing().size();
    if (found.isEmpty()) {
      console.note("no shard is there yet");
      return;
    }
    LatentStatistics statistics = found.get();
    console.note(
        missing == 0
            ? "all %,d shards are there".formatted(store.manifest().shards())
            : "%,d of %,d shards are missing; statistics are over the others"
                .formatted(missing, store.manifest().shards()));
    console.note("latents of %,d items, unscaled:".formatted(statistics.items()));
    console.note("  channel mean " + list(statistics.channelMean()));
    console.note("  channel std  " + list(statistics.channelStd()));
    console.note("  channel std of the means " + list(statistics.channelStdOfMeans()));
    console.note(
        String.format(
            Locale.ROOT,
            "  all values: mean %.6f, std %.6f; scale factor 1/std %.6f",
            statistics.globalMean(),
            statistics.globalStd(),
            statistics.scaleFactor()));
    Optional<Path> config = arguments.path(EncodeCommand.WRITE_CONFIG, console);
    if (config.isPresent()) {
      if (missing > 0) {
        console.note(config.get() + " is not written before all shards are there");
      } else {
        write(config.get(), statistics);
      }
    }
  }

  private static String list(double[] values) {
    return Arrays.stream(values)
        .mapToObj(value -> String.format(Locale.ROOT, "%.6f", value))
        .collect(Collectors.joining(" "));
  }

  private void write(Path file, LatentStatistics statistics) throws IOException, UsageException {
    if (!Double.isFinite(statistics.scaleFactor())) {
      throw new FeatureException(
          store.folder() + ": all latents are the same, there is no scale factor to write");
    }
    Experiment.Builder changed = experiment.toBuilder();
    changed
        .getDataBuilder()
        .setFeatures(Features.newBuilder().setPath(store.folder().toString()))
        .setPreprocess(Preprocess.NO_RESIZE)
        .setRandomFlip(false);
    setScale(changed.getLatentBuilder(), statistics);
    String text = ConfigPrinter.toText(changed.build());
    ConfigLoader.parse(text, file.toString());
    AtomicFiles.write(file, text.getBytes(StandardCharsets.UTF_8));
    console.note(file + ": the experiment on these features");
  }

  /** One factor for all values, or a mean and a deviation for each channel. */
  private void setScale(Latent.Builder latent, LatentStatistics statistics) throws UsageException {
    EncodeCommand.Scale scale =
        arguments
            .choice(EncodeCommand.SCALE, List.of(EncodeCommand.Scale.values()))
            .orElse(EncodeCommand.Scale.GLOBAL);
    latent.clearChannelMean().clearChannelStd();
    switch (scale) {
      case GLOBAL -> latent.setScaleFactor(statistics.scaleFactor());
      case CHANNEL -> {
        latent.setScaleFactor(1);
        for (double mean : statistics.channelMean()) {
          latent.addChannelMean(mean);
        }
        for (double std : statistics.channelStd()) {
          latent.addChannelStd(std);
        }
      }
    }
  }
}
