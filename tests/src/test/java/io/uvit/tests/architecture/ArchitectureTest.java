package io.uvit.tests.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.ExecutionEnvironment;
import org.tensorflow.op.Ops;

/** The rules of {@code docs/architecture.md}, checked on the byte code of all modules. */
class ArchitectureTest {
  private static final String CLI = "io.uvit.runner.cli..";

  /** Module by the root of its packages. */
  private static final Map<String, String> MODULES =
      Map.of(
          "io.uvit.config", "configs",
          "io.uvit.ops", "ops",
          "io.uvit.graph", "graph",
          "io.uvit.savedmodels", "savedmodels",
          "io.uvit.runner", "runner");

  private static final JavaClasses CLASSES =
      new ClassFileImporter().importPackages(MODULES.keySet());

  @Test
  void modulesDependOneWay() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("configs")
        .definedBy("io.uvit.config..")
        .layer("ops")
        .definedBy("io.uvit.ops..")
        .layer("graph")
        .definedBy("io.uvit.graph..")
        .layer("savedmodels")
        .definedBy("io.uvit.savedmodels..")
        .layer("runner")
        .definedBy("io.uvit.runner..")
        .whereLayer("runner")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("savedmodels")
        .mayOnlyBeAccessedByLayers("runner")
        .whereLayer("graph")
        .mayOnlyBeAccessedByLayers("savedmodels", "runner")
        .whereLayer("ops")
        .mayOnlyBeAccessedByLayers("graph", "savedmodels", "runner")
        .check(CLASSES);
  }

  @Test
  void packagesLiveInTheirModules() {
    classes().should(liveInTheirModule()).check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.uvit.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void onlyTheCommandLineTouchesTheProcess() {
    noClasses()
        .that()
        .resideOutsideOfPackage(CLI)
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .accessField(System.class, "in")
        .orShould()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "exit", int.class)
        .orShould()
        .callMethod(Throwable.class, "printStackTrace")
        .check(CLASSES);
  }

  @Test
  void tensorFlowInternalsAreNotUsed() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.tensorflow.internal..")
        .check(CLASSES);
  }

  @Test
  void filesAndDataKnowNoTensorFlow() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "io.uvit.config..",
            "io.uvit.savedmodels.weights..",
            "io.uvit.savedmodels.checkpoint..",
            "io.uvit.savedmodels.natives..",
            "io.uvit.runner.data..",
            "io.uvit.runner.features..",
            "io.uvit.runner.encode..",
            "io.uvit.runner.metrics..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.tensorflow..")
        .check(CLASSES);
  }

  /** A report is made before TensorFlow is started, and where it cannot be. */
  @Test
  void onlyOneClassOfTheReportKnowsTensorFlow() {
    noClasses()
        .that()
        .resideInAPackage("io.uvit.runner.device..")
        .and()
        .doNotHaveSimpleName("TensorFlowGpus")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.tensorflow..")
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAPackage("io.uvit.runner.device..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(CLI)
        .check(CLASSES);
  }

  /** The solver, the network and the loop that joins them. */
  @Test
  void onlyTheLoopKnowsSolverAndNetwork() {
    String sampler = "io.uvit.graph.sampler..";
    String model = "io.uvit.graph.model..";
    String loop = "io.uvit.graph.loop..";
    noClasses()
        .that()
        .resideInAPackage(sampler)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(model, loop, "io.uvit.graph.train..", "io.uvit.ops..")
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAPackage(model)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(sampler, loop, "io.uvit.graph.diffusion..", "io.uvit.graph.train..")
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAPackage(loop)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.uvit.graph.train..")
        .check(CLASSES);
    assertTrue(reaches(loop, model) && reaches(loop, sampler), "the loop knows both");
  }

  private static boolean reaches(String from, String to) {
    return CLASSES.stream()
        .filter(JavaClass.Predicates.resideInAPackage(from))
        .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
        .anyMatch(d -> JavaClass.Predicates.resideInAPackage(to).test(d.getTargetClass()));
  }

  @Test
  void solversKnowNoTensorFlow() {
    noClasses()
        .that()
        .resideInAPackage("io.uvit.graph.sampler..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.tensorflow..")
        .check(CLASSES);
  }

  @Test
  void controlFlowKnowsTensorFlowAndNamesOnly() {
    noClasses()
        .that()
        .resideInAPackage("io.uvit.ops.control..")
        .should()
        .dependOnClassesThat(
            JavaClass.Predicates.resideInAPackage("io.uvit..")
                .and(
                    JavaClass.Predicates.resideOutsideOfPackages(
                        "io.uvit.ops.control..", "io.uvit.ops.scope..")))
        .check(CLASSES);
  }

  @Test
  void opsOfAGraphAreNamedByOneScope() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.uvit.ops.scope..")
        .should()
        .callMethod(Ops.class, "create", ExecutionEnvironment.class)
        .because("GraphScope.ops names ops in a time that does not grow with the graph")
        .check(CLASSES);
  }

  @Test
  void inferenceKnowsNoTraining() {
    noClasses()
        .that()
        .resideInAPackage("io.uvit.savedmodels.pipeline..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.uvit.graph.train..",
            "io.uvit.ops.optim..",
            "io.uvit.savedmodels.checkpoint..",
            "io.uvit.savedmodels.export..")
        .check(CLASSES);
  }

  private static ArchCondition<JavaClass> liveInTheirModule() {
    return new ArchCondition<>("live in the module of their package") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        String root = type.getPackageName().replaceFirst("^(io\\.uvit\\.[a-z]+).*$", "$1");
        String module = MODULES.get(root);
        String place = type.getSource().map(s -> s.getUri()).map(URI::toString).orElse("");
        boolean fits =
            module != null
                && (place.contains("/" + module + "/target/")
                    || place.contains("/uvit-" + module + "-"));
        if (!fits) {
          events.add(SimpleConditionEvent.violated(type, type.getName() + " is in " + place));
        }
      }
    };
  }
}
