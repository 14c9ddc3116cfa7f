package io.uvit.tests.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;

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
            "io.uvit.runner.data..",
            "io.uvit.runner.metrics..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.tensorflow..")
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
