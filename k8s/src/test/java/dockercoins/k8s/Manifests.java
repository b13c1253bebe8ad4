package dockercoins.k8s;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The objects that {@code kubectl apply -k} would apply. */
record Manifests(List<HasMetadata> objects) {

  /** A Deployment, DaemonSet or StatefulSet. */
  record Workload(HasMetadata object, LabelSelector selector, PodTemplateSpec template) {

    String name() {
      return object.getMetadata().getName();
    }

    List<Container> containers() {
      return template.getSpec().getContainers();
    }

    boolean matches(Map<String, String> labels) {
      return template.getMetadata().getLabels().entrySet().containsAll(labels.entrySet());
    }

    boolean matches(LabelSelector selector) {
      return matches(selector.getMatchLabels())
          && selector.getMatchExpressions().stream().allMatch(this::matches);
    }

    private boolean matches(LabelSelectorRequirement requirement) {
      if (!requirement.getOperator().equals("In")) {
        throw new IllegalArgumentException(
            "Manifests does not know the operator '%s'".formatted(requirement.getOperator()));
      }
      String value = template.getMetadata().getLabels().get(requirement.getKey());
      return requirement.getValues().contains(value);
    }

    /** Whether a container listens on a port with this number or name. */
    boolean hasPort(IntOrString port) {
      return containers().stream()
          .flatMap(container -> container.getPorts().stream())
          .anyMatch(
              found ->
                  port.getStrVal() != null
                      ? port.getStrVal().equals(found.getName())
                      : port.getIntVal().equals(found.getContainerPort()));
    }
  }

  /** Kind and name of each object. */
  List<String> names() {
    return objects.stream()
        .map(object -> object.getKind() + " " + object.getMetadata().getName())
        .toList();
  }

  <T extends HasMetadata> List<T> all(Class<T> type) {
    return objects.stream().filter(type::isInstance).map(type::cast).toList();
  }

  <T extends HasMetadata> T get(Class<T> type, String name) {
    return all(type).stream()
        .filter(object -> object.getMetadata().getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no %s '%s'".formatted(type.getSimpleName(), name)));
  }

  List<Workload> workloads() {
    return objects.stream().flatMap(Manifests::workload).toList();
  }

  private static Stream<Workload> workload(HasMetadata object) {
    return switch (object) {
      case Deployment d ->
          Stream.of(new Workload(d, d.getSpec().getSelector(), d.getSpec().getTemplate()));
      case DaemonSet d ->
          Stream.of(new Workload(d, d.getSpec().getSelector(), d.getSpec().getTemplate()));
      case StatefulSet s ->
          Stream.of(new Workload(s, s.getSpec().getSelector(), s.getSpec().getTemplate()));
      default -> Stream.empty();
    };
  }

  Workload workload(String name) {
    return workloads().stream()
        .filter(workload -> workload.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no workload '%s'".formatted(name)));
  }

  /** All containers, with the names of their pods. */
  Map<String, Container> containers() {
    Map<String, Container> all = new TreeMap<>();
    for (Workload workload : workloads()) {
      workload
          .containers()
          .forEach(container -> all.put(workload.name() + "/" + container.getName(), container));
    }
    return all;
  }
}
