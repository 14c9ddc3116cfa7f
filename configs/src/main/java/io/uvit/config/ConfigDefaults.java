package io.uvit.config;

import io.uvit.config.v1.AdamW;
import io.uvit.config.v1.AutoencoderKl;
import io.uvit.config.v1.BadImagePolicy;
import io.uvit.config.v1.Data;
import io.uvit.config.v1.Device;
import io.uvit.config.v1.Diffusion;
import io.uvit.config.v1.Discrete;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Labels;
import io.uvit.config.v1.Latent;
import io.uvit.config.v1.LearningRateDecay;
import io.uvit.config.v1.LogitNormalTime;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.Precision;
import io.uvit.config.v1.Prediction;
import io.uvit.config.v1.Preprocess;
import io.uvit.config.v1.RectifiedFlow;
import io.uvit.config.v1.Runtime;
import io.uvit.config.v1.Sample;
import io.uvit.config.v1.SkipConnection;
import io.uvit.config.v1.Train;
import io.uvit.config.v1.Unconditional;
import io.uvit.config.v1.UniformTime;
import io.uvit.config.v1.VpCosine;
import io.uvit.config.v1.VpLinear;
import java.util.List;

/**
 * The one place where defaults live. Filling is idempotent: a filled experiment fills to itself.
 *
 * <p>Constant defaults are the official values where upstream has one. Defaults that follow from
 * other fields:
 *
 * <ul>
 *   <li>{@code model.conditioning}: unconditional.
 *   <li>{@code diffusion.prediction}: flow for rectified flow, else noise.
 *   <li>{@code diffusion.time_sampling}: uniform.
 *   <li>{@code latent.kind}: Stable Diffusion's KL autoencoder.
 *   <li>{@code sample.solver}: DPM-Solver-fast for a VP schedule, DPM-Solver++ fast for the
 *       discrete one, as the official scripts pair them; DPM-Solver++(2M) for rectified flow.
 *   <li>{@code sample.eta}, {@code lower_order_final} and the tolerances: only for the solvers that
 *       have them.
 *   <li>{@code sample.batch_size}: 50, at most {@code sample.count}.
 *   <li>{@code train.preview}: every unset field from {@code sample}, but at most {@value
 *       SampleDefaults#PREVIEW_STEPS} steps and {@value SampleDefaults#PREVIEW_COUNT} images, all
 *       in one batch if {@code sample.batch_size} allows.
 * </ul>
 *
 * <p>Left absent because absence means something: {@code model.qk_scale} (then 1/sqrt of the head's
 * width), {@code model.class_conditional.null_class} (then none), {@code diffusion.min_snr_gamma}
 * (then no weights), {@code latent} (then pixels), {@code sample.grid}, {@code start_time} and
 * {@code end_time} (then the solver's own). Fields that must be given (sizes, schedule, data
 * source, steps, batch size) are left alone and reported by {@link ConfigValidator}.
 */
public final class ConfigDefaults {
  /** The official seed. */
  public static final long SEED = 1234;

  /** Pillow's limit of width x height, against decompression bombs. */
  public static final long MAX_PIXELS = 178_956_970L;

  private ConfigDefaults() {}

  /** The experiment with every default written in. Never fails; what is wrong stays wrong. */
  public static Experiment fill(Experiment experiment) {
    Experiment.Builder filled = experiment.toBuilder();
    if (!filled.hasSeed()) {
      filled.setSeed(SEED);
    }
    fill(filled.getModelBuilder());
    fill(filled.getDiffusionBuilder());
    fill(filled.getDataBuilder());
    SampleDefaults.fill(filled.getSampleBuilder(), filled.getDiffusion());
    fill(filled.getTrainBuilder(), filled.getSample());
    fill(filled.getRuntimeBuilder());
    if (filled.hasLatent()) {
      fill(filled.getLatentBuilder());
    }
    return filled.build();
  }

  private static void fill(Model.Builder model) {
    if (!model.hasMlpRatio()) {
      model.setMlpRatio(4);
    }
    if (model.getSkip() == SkipConnection.SKIP_CONNECTION_UNSPECIFIED) {
      model.setSkip(SkipConnection.CONCAT);
    }
    if (!model.hasFinalConv()) {
      model.setFinalConv(true);
    }
    if (model.getConditioningCase() == Model.ConditioningCase.CONDITIONING_NOT_SET) {
      model.setUnconditional(Unconditional.getDefaultInstance());
    }
    if (!model.hasQkvBias()) {
      model.setQkvBias(false);
    }
    if (!model.hasMlpTimeEmbed()) {
      model.setMlpTimeEmbed(false);
    }
  }

  private static void fill(Diffusion.Builder diffusion) {
    switch (diffusion.getScheduleCase()) {
      case VP_LINEAR -> fill(diffusion.getVpLinearBuilder());
      case VP_COSINE -> fill(diffusion.getVpCosineBuilder());
      case DISCRETE -> fill(diffusion.getDiscreteBuilder());
      case RECTIFIED_FLOW -> fill(diffusion.getRectifiedFlowBuilder());
      case SCHEDULE_NOT_SET -> {}
    }
    if (diffusion.getPrediction() == Prediction.PREDICTION_UNSPECIFIED) {
      diffusion.setPrediction(diffusion.hasRectifiedFlow() ? Prediction.FLOW : Prediction.NOISE);
    }
    switch (diffusion.getTimeSamplingCase()) {
      case TIMESAMPLING_NOT_SET -> diffusion.setUniformTime(UniformTime.getDefaultInstance());
      case LOGIT_NORMAL_TIME -> fill(diffusion.getLogitNormalTimeBuilder());
      case UNIFORM_TIME -> {}
    }
  }

  private static void fill(LogitNormalTime.Builder time) {
    if (!time.hasMean()) {
      time.setMean(0);
    }
    if (!time.hasStd()) {
      time.setStd(1);
    }
  }

  private static void fill(VpLinear.Builder schedule) {
    if (!schedule.hasBetaMin()) {
      schedule.setBetaMin(0.1);
    }
    if (!schedule.hasBetaMax()) {
      schedule.setBetaMax(20);
    }
  }

  private static void fill(VpCosine.Builder schedule) {
    if (!schedule.hasS()) {
      schedule.setS(0.008);
    }
  }

  private static void fill(Discrete.Builder schedule) {
    boolean given = schedule.getBetasCount() > 0;
    if (!schedule.hasNumSteps()) {
      schedule.setNumSteps(given ? schedule.getBetasCount() : 1000);
    }
    if (!given && !schedule.hasBetaStart()) {
      schedule.setBetaStart(0.00085);
    }
    if (!given && !schedule.hasBetaEnd()) {
      schedule.setBetaEnd(0.0120);
    }
    if (!schedule.hasZeroTerminalSnr()) {
      schedule.setZeroTerminalSnr(false);
    }
  }

  private static void fill(RectifiedFlow.Builder schedule) {
    if (!schedule.hasShift()) {
      schedule.setShift(1);
    }
  }

  private static void fill(Data.Builder data) {
    if (data.hasImageFiles() && data.getImageFiles().getLabels() == Labels.LABELS_UNSPECIFIED) {
      data.getImageFilesBuilder().setLabels(Labels.UNLABELLED);
    }
    if (data.getPreprocess() == Preprocess.PREPROCESS_UNSPECIFIED) {
      data.setPreprocess(Preprocess.NO_RESIZE);
    }
    if (data.getBadImages() == BadImagePolicy.BAD_IMAGE_POLICY_UNSPECIFIED) {
      data.setBadImages(BadImagePolicy.REFUSE);
    }
    if (!data.hasMaxPixels()) {
      data.setMaxPixels(MAX_PIXELS);
    }
    if (!data.hasWorkers()) {
      data.setWorkers(2);
    }
    if (!data.hasPrefetchBatches()) {
      data.setPrefetchBatches(4);
    }
    if (!data.hasRandomFlip()) {
      data.setRandomFlip(false);
    }
    if (!data.hasLabelDropout()) {
      data.setLabelDropout(0);
    }
  }

  private static void fill(Train.Builder train, Sample sample) {
    fill(train.getAdamwBuilder());
    if (train.getLearningRateDecay() == LearningRateDecay.LEARNING_RATE_DECAY_UNSPECIFIED) {
      train.setLearningRateDecay(LearningRateDecay.CONSTANT);
    }
    if (!train.hasEmaDecay()) {
      train.setEmaDecay(0.9999);
    }
    if (!train.hasEmaWarmup()) {
      train.setEmaWarmup(false);
    }
    if (!train.hasLogEvery()) {
      train.setLogEvery(10);
    }
    if (!train.hasPreviewEvery()) {
      train.setPreviewEvery(5_000);
    }
    if (!train.hasCheckpointEvery()) {
      train.setCheckpointEvery(50_000);
    }
    if (!train.hasKeepLast()) {
      train.setKeepLast(3);
    }
    if (!train.hasMaxSkippedUpdates()) {
      train.setMaxSkippedUpdates(10);
    }
    if (!train.hasWarmupSteps()) {
      train.setWarmupSteps(0);
    }
    if (!train.hasGradClipNorm()) {
      train.setGradClipNorm(0);
    }
    if (!train.hasKeepEvery()) {
      train.setKeepEvery(0);
    }
    if (!train.hasActivationCheckpointing()) {
      train.setActivationCheckpointing(false);
    }
    if (!train.hasMicroBatchSize()) {
      train.setMicroBatchSize(0);
    }
    SampleDefaults.fillPreview(train.getPreviewBuilder(), sample);
  }

  private static void fill(AdamW.Builder adamw) {
    if (!adamw.hasLearningRate()) {
      adamw.setLearningRate(2e-4);
    }
    if (!adamw.hasBeta1()) {
      adamw.setBeta1(0.9);
    }
    if (!adamw.hasBeta2()) {
      adamw.setBeta2(0.999);
    }
    if (!adamw.hasEpsilon()) {
      adamw.setEpsilon(1e-8);
    }
    if (!adamw.hasWeightDecay()) {
      adamw.setWeightDecay(0.03);
    }
  }

  private static void fill(Latent.Builder latent) {
    switch (latent.getKindCase()) {
      case KL, KIND_NOT_SET -> fill(latent.getKlBuilder());
      case TINY -> {
        if (!latent.getTiny().hasMidBlockGroupNorm()) {
          latent.getTinyBuilder().setMidBlockGroupNorm(false);
        }
      }
    }
    if (!latent.hasImagesAtOnce()) {
      latent.setImagesAtOnce(1);
    }
    if (!latent.hasTileSize()) {
      latent.setTileSize(0);
    }
  }

  private static void fill(AutoencoderKl.Builder kl) {
    if (!kl.hasWidth()) {
      kl.setWidth(128);
    }
    if (kl.getMultipliersCount() == 0) {
      kl.addAllMultipliers(List.of(1, 2, 4, 4));
    }
    if (!kl.hasBlocksPerLevel()) {
      kl.setBlocksPerLevel(2);
    }
  }

  private static void fill(Runtime.Builder runtime) {
    if (runtime.getDevice() == Device.DEVICE_UNSPECIFIED) {
      runtime.setDevice(Device.AUTO);
    }
    if (runtime.getPrecision() == Precision.PRECISION_UNSPECIFIED) {
      runtime.setPrecision(Precision.FLOAT32);
    }
    if (!runtime.hasIntraOpThreads()) {
      runtime.setIntraOpThreads(0);
    }
    if (!runtime.hasInterOpThreads()) {
      runtime.setInterOpThreads(1);
    }
    if (!runtime.hasXla()) {
      runtime.setXla(false);
    }
    if (!runtime.hasGpuMemoryGrowth()) {
      runtime.setGpuMemoryGrowth(false);
    }
  }
}
