package dev.lanewise.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class RequestPlanTest {
  private static List<PlannedRequest> plan(
      boolean stream, double shared, double disconnect, long seed, int count) {
    Traffic traffic =
        new Traffic(
            "main",
            new Arrival.Concurrency(1),
            Lengths.parse("20-40"),
            Lengths.parse("~10"),
            shared,
            disconnect);
    return Stream.generate(new RequestPlan(traffic, stream, seed)::next).limit(count).toList();
  }

  private static List<String> words(PlannedRequest request) {
    return List.of(request.prompt().split(" "));
  }

  @Test
  void theSameSeedGivesTheSameRequests() {
    assertEquals(plan(true, 0.3, 0.5, 7, 50), plan(true, 0.3, 0.5, 7, 50));
    assertNotEquals(plan(true, 0.3, 0.5, 7, 50), plan(true, 0.3, 0.5, 8, 50));
  }

  @Test
  void promptsHaveOneWordForEachTokenAndDiffer() {
    List<PlannedRequest> requests = plan(true, 0, 0, 1, 1000);
    requests.forEach(request -> assertEquals(request.promptTokens(), words(request).size()));
    assertEquals(1000, requests.stream().map(r -> words(r).subList(0, 8)).distinct().count());
    assertTrue(requests.stream().allMatch(request -> request.departure().isEmpty()));
  }

  @Test
  void theSharedPartOfPromptsIsTheSameAndTheRestDiffers() {
    List<PlannedRequest> requests = plan(true, 0.5, 0, 1, 100);
    List<String> longest =
        words(requests.stream().max((a, b) -> a.promptTokens() - b.promptTokens()).orElseThrow());
    for (PlannedRequest request : requests) {
      int shared = (int) Math.round(0.5 * request.promptTokens());
      assertEquals(longest.subList(0, shared), words(request).subList(0, shared));
    }
    assertEquals(
        100,
        requests.stream()
            .map(r -> words(r).subList(r.promptTokens() - 8, r.promptTokens()))
            .distinct()
            .count());
  }

  @Test
  void theShareOfClientsThatLeaveDoSoBeforeOrAmongTheTokens() {
    List<Departure> departures =
        plan(true, 0, 0.25, 1, 4000).stream()
            .map(PlannedRequest::departure)
            .flatMap(Optional::stream)
            .toList();
    assertEquals(1000, departures.size(), 80);
    long early = departures.stream().filter(Departure.BeforeFirstToken.class::isInstance).count();
    assertEquals(0.5, (double) early / departures.size(), 0.06);
  }

  @Test
  void nobodyLeavesInTheMiddleOfAWholeAnswer() {
    List<PlannedRequest> requests = plan(false, 0, 1, 1, 100);
    assertFalse(
        requests.stream()
            .anyMatch(r -> r.departure().orElseThrow() instanceof Departure.MidStream));
  }

  @Test
  void arrivalsComeAtTheRateThatIsWanted() {
    Arrivals arrivals = new Arrivals(50, 1);
    long last = 0;
    for (int i = 0; i < 10_000; i++) {
      long next = arrivals.next();
      assertTrue(next >= last);
      last = next;
    }
    assertEquals(200, last / 1e9, 6);
  }
}
