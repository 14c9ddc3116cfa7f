package io.uvit.savedmodels.pipeline;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Runtime;
import io.uvit.graph.loop.Program;
import io.uvit.graph.loop.SolverProgram;
import io.uvit.graph.model.ComputeTypes;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.parameters.Variables;
import io.uvit.ops.scope.GraphScope;
import io.uvit.savedmodels.natives.CudaLibraries;
import io.uvit.savedmodels.state.SessionConfigs;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Graph;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.SignatureDef;

/**
 * Images from an exported model, in Java:
 *
 * <pre>{@code
 * try (var pipeline = UViTPipeline.load(Path.of("models/digits"))) {
 *   List<BufferedImage> images =
 *       pipeline.sample(SampleRequest.builder().labels(3, 7).steps(20).seed(42).build());
 * }
 * }</pre>
 *
 * <p>One copy of the weights; any number of threads may sample at once, and their images are those
 * of one thread. {@link #close} frees all native memory; no call may be running then.
 *
 * <p>Memory of a call: the solver's two to five registers and the network's activations for a
 * batch, twice that under guidance, whatever the number of steps; {@link
 * SampleRequest.Builder#batchSize} bounds it. TensorFlow's memory lies outside of the Java heap.
 *
 * <p>CUDA's libraries are opened from the class path where they are there and of use. A program
 * that touches TensorFlow before its first pipeline calls {@link CudaLibraries#open} before that.
 */
public final class UViTPipeline implements AutoCloseable {
  private static final String EXPERIMENT = "assets.extra/experiment.textproto";
  private static final String SOLVE = "solve";
  private static final String ENCODE = "encode";
  private static final String DECODE = "decode";

  private final Experiment experiment;
  private final UViTConfig model;
  private final Sampler sampler;
  private final Optional<AutoencoderSession> autoencoder;
  private final List<AutoCloseable> owned;

  private UViTPipeline(
      Experiment experiment,
      SolveSession solve,
      Optional<AutoencoderSession> autoencoder,
      List<AutoCloseable> owned) {
    this.experiment = experiment;
    this.model = UViTConfig.of(experiment.getModel());
    this.sampler = new Sampler(solve, experiment);
    this.autoencoder = autoencoder;
    this.owned = owned;
  }

  /** Loads a SavedModel written by {@code uvit export}, on a GPU if there is one. */
  public static UViTPipeline load(Path folder) throws IOException {
    return load(folder, Runtime.getDefaultInstance());
  }

  /**
   * Loads a SavedModel written by {@code uvit export}.
   *
   * @param runtime device, threads and precision; those of the training do not matter here
   * @throws io.uvit.config.ConfigException if the experiment in it cannot be read, or a GPU is
   *     asked for and cannot be used, or FLOAT16 where there is no GPU
   * @throws org.tensorflow.exceptions.TensorFlowException if TensorFlow cannot load it
   * @throws io.uvit.savedmodels.natives.CudaLibraryException if CUDA on the class path cannot be
   *     opened
   * @throws IOException if the folder has no experiment in its extra assets or no {@code solve}
   *     signature, that is, was not written by this program
   */
  public static UViTPipeline load(Path folder, Runtime runtime) throws IOException {
    CudaLibraries.open();
    Path file = folder.resolve(EXPERIMENT);
    if (!Files.isRegularFile(file)) {
      throw new IOException(
          folder + ": found no " + EXPERIMENT + ", wanted a SavedModel written by uvit export");
    }
    Experiment experiment = ConfigLoader.load(file);
    SavedModelBundle bundle =
        SavedModelBundle.loader(folder.toString())
            .withTags("serve")
            .withConfigProto(SessionConfigs.ofSavedModel(runtime))
            .load();
    try {
      Map<String, SignatureDef> signatures = bundle.metaGraphDef().getSignatureDefMap();
      if (!signatures.containsKey(SOLVE)) {
        throw new IOException(
            folder + ": found no signature '" + SOLVE + "', wanted a SavedModel of this version");
      }
      SolveSession solve =
          new SolveSession(
              bundle.session(), names(signatures.get(SOLVE)), UViTConfig.of(experiment.getModel()));
      Optional<AutoencoderSession> autoencoder =
          signatures.containsKey(DECODE)
              ? Optional.of(
                  AutoencoderSession.of(
                      bundle.session(),
                      names(signatures.get(ENCODE)),
                      names(signatures.get(DECODE)),
                      experiment))
              : Optional.empty();
      return new UViTPipeline(experiment, solve, autoencoder, List.of(bundle));
    } catch (IOException | RuntimeException e) {
      bundle.close();
      throw e;
    }
  }

  private static Map<String, String> names(SignatureDef signature) {
    Map<String, String> names = new HashMap<>();
    signature.getInputsMap().forEach((key, info) -> names.put(key, info.getName()));
    signature.getOutputsMap().forEach((key, info) -> names.put(key, info.getName()));
    return names;
  }

  /** As the other method, without an autoencoder: a model on latents gives latents. */
  public static UViTPipeline ofWeights(Experiment experiment, Path weights) {
    return ofWeights(experiment, weights, Optional.empty());
  }

  /**
   * Builds the network of a resolved experiment and loads its weights.
   *
   * @param weights .safetensors, .pth or .npz with the official names
   * @param autoencoder shows the images of a model on latents; closed with the pipeline
   * @throws io.uvit.savedmodels.state.StateDictException if names or shapes do not match exactly
   * @throws io.uvit.savedmodels.natives.CudaLibraryException if CUDA on the class path cannot be
   *     opened
   */
  public static UViTPipeline ofWeights(
      Experiment experiment, Path weights, Optional<AutoencoderSession> autoencoder) {
    CudaLibraries.open();
    UViT network = new UViT(UViTConfig.of(experiment.getModel()));
    Graph graph = new Graph();
    Session session = null;
    try (TensorFile file = TensorFiles.open(weights)) {
      Ops tf = GraphScope.ops(graph);
      Variables variables = ComputeTypes.forInference(tf, network, experiment.getRuntime());
      Program program = SolverProgram.build(tf, network, variables);
      session = new Session(graph, SessionConfigs.of(experiment.getRuntime()));
      VariableState.load(session, variables, file);
      SolveSession solve = new SolveSession(session, program.tensorNames(), network.config());
      List<AutoCloseable> owned = new ArrayList<>(List.of(session, graph));
      autoencoder.ifPresent(owned::add);
      return new UViTPipeline(experiment, solve, autoencoder, owned);
    } catch (RuntimeException e) {
      if (session != null) {
        session.close();
      }
      graph.close();
      throw e;
    }
  }

  /** The experiment of the model. */
  public Experiment experiment() {
    return experiment;
  }

  /** The engine under this pipeline, for batches of arrays. */
  public Sampler sampler() {
    return sampler;
  }

  /** What shows the images of a model on latents; empty for other models. */
  public Optional<AutoencoderSession> autoencoder() {
    return autoencoder;
  }

  /**
   * Samples images.
   *
   * @return one for each label, or as many as asked for
   * @throws IllegalArgumentException if the request does not fit the model
   * @throws IllegalStateException if the model makes latents and has no autoencoder with it; take
   *     {@link #sampleLatents}
   */
  public List<BufferedImage> sample(SampleRequest request) {
    if (experiment.hasLatent() && autoencoder.isEmpty()) {
      throw new IllegalStateException(
          "found a model on latents alone, wanted a model with its autoencoder; its latents are"
              + " given by sampleLatents");
    }
    return sampleArrays(request, SampleListener.none()).orElseThrow().toBufferedImages();
  }

  /**
   * Samples images as numbers; of a model on latents with its autoencoder, the decoded images, of
   * one without, the latents.
   *
   * @param listener is shown latents by a model on latents
   * @return empty if the listener stopped it
   * @throws IllegalArgumentException if the request does not fit the model
   */
  public Optional<SampledImages> sampleArrays(SampleRequest request, SampleListener listener) {
    return sampleLatents(request, listener).map(this::shown);
  }

  /**
   * Samples what the network makes: latents of a model on latents, else images.
   *
   * @return empty if the listener stopped it
   * @throws IllegalArgumentException if the request does not fit the model
   */
  public Optional<SampledImages> sampleLatents(SampleRequest request, SampleListener listener) {
    return sampler
        .sample(request, listener)
        .map(
            values ->
                new SampledImages(
                    values, model.imageHeight(), model.imageWidth(), model.channels()));
  }

  /**
   * Samples a request batch by batch, so that memory does not grow with it.
   *
   * @param consumer gets the images, decoded as by {@link #sampleArrays}
   * @return false if the listener stopped it
   * @throws IllegalArgumentException if the request does not fit the model
   */
  public boolean sample(
      SampleRequest request, SampleListener listener, Sampler.BatchConsumer consumer) {
    return sampler.sample(
        request, listener, (first, values) -> consumer.accept(first, shown(values)));
  }

  /**
   * The images of what the network made.
   *
   * @param made what the {@link #sampler} gives
   * @return [N, H, W, C] in about [-1, 1]; the same where there is nothing to decode
   */
  public float[] shown(float[] made) {
    return autoencoder.isPresent() ? autoencoder.get().decode(made) : made;
  }

  /** The images of what the network made. */
  private SampledImages shown(SampledImages made) {
    return autoencoder
        .map(a -> new SampledImages(a.decode(made.values()), a.imageHeight(), a.imageWidth(), 3))
        .orElse(made);
  }

  /**
   * Frees the model. No call may be running.
   *
   * @throws IllegalStateException if that fails
   */
  @Override
  public void close() {
    for (AutoCloseable resource : owned) {
      try {
        resource.close();
      } catch (Exception e) {
        throw new IllegalStateException("closing a model failed", e);
      }
    }
  }
}
