package io.uvit.runner.cli;

import io.uvit.config.ConfigException;
import io.uvit.config.ConfigProblem;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Latent;
import io.uvit.runner.latent.Autoencoders;
import io.uvit.savedmodels.weights.TensorFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** Where the autoencoder of a model on latents lies, if not where its experiment says. */
final class AutoencoderOptions {
  static final String AUTOENCODER = "autoencoder";
  static final String DECODER = "decoder";
  static final String WITHOUT = "without-autoencoder";

  private AutoencoderOptions() {}

  /** Adds {@code --autoencoder} and {@code --decoder}. */
  static void addFiles(Options options) {
    options
        .addOption(
            ConfigOptions.value(
                AUTOENCODER,
                "FILE",
                "weights of the autoencoder of a model on latents (default: latent.autoencoder of the experiment)"))
        .addOption(
            ConfigOptions.value(
                DECODER,
                "FILE",
                "weights of its decoder, where --autoencoder holds the encoder alone"));
  }

  /** Adds {@code --without-autoencoder} too. */
  static void addAll(Options options) {
    addFiles(options);
    options.addOption(
        Option.builder()
            .longOpt(WITHOUT)
            .desc("write a model on latents that gives latents, without its autoencoder")
            .get());
  }

  /**
   * The experiment with the files of the command line in place of its own.
   *
   * @throws UsageException if files are given for an experiment on pixels
   */
  static Experiment apply(Arguments arguments, Console console, Experiment experiment)
      throws UsageException {
    Optional<Path> file = arguments.path(AUTOENCODER, console);
    Optional<Path> decoder = arguments.path(DECODER, console);
    for (String option : List.of(AUTOENCODER, DECODER, WITHOUT)) {
      if (arguments.has(option) && !experiment.hasLatent()) {
        throw new UsageException(
            "--" + option + ": found with a model on pixels, wanted a model on latents");
      }
    }
    if (decoder.isPresent() && file.isEmpty()) {
      throw new UsageException("--decoder: found without --autoencoder, wanted both");
    }
    if (file.isEmpty()) {
      return experiment;
    }
    Latent.Builder latent =
        experiment.getLatent().toBuilder().setAutoencoder(file.get().toString()).clearDecoder();
    decoder.ifPresent(path -> latent.setDecoder(path.toString()));
    return experiment.toBuilder().setLatent(latent).build();
  }

  /**
   * The weights of a SavedModel: those of a network, and of its autoencoder where it has one and
   * the command line does not leave it out. Closing the result closes the network's.
   *
   * @param experiment with the files of the command line
   */
  static TensorFile served(Arguments arguments, Experiment experiment, TensorFile network) {
    if (!experiment.hasLatent() || arguments.has(WITHOUT)) {
      return network;
    }
    require(experiment);
    return Autoencoders.join(network, experiment.getLatent());
  }

  /**
   * Says what to do where an autoencoder's file is not there.
   *
   * @throws ConfigException naming the file
   */
  static void require(Experiment experiment) {
    Latent latent = experiment.getLatent();
    requireFile(experiment, "latent.autoencoder", latent.getAutoencoder());
    if (!latent.getDecoder().isEmpty()) {
      requireFile(experiment, "latent.decoder", latent.getDecoder());
    }
  }

  private static void requireFile(Experiment experiment, String field, String file) {
    if (!Files.isRegularFile(Path.of(file))) {
      throw new ConfigException(
          experiment.getName(),
          List.of(
              new ConfigProblem(
                  field,
                  "the weights of the autoencoder are not there",
                  "'" + file + "'",
                  "a file; --autoencoder FILE names another one")));
    }
  }
}
