import { expect, test } from "vitest";
import { Shares } from "#features/execution/shares.ts";
import fc from "../../support/fast-check.ts";

function fill(shares: Shares, person: string | null): (() => void)[] {
  const taken: (() => void)[] = [];
  for (let leave = shares.take(person); leave; leave = shares.take(person)) taken.push(leave);
  return taken;
}

test("[JOB5] somebody alone gets half of the places, each one who comes then half of the rest", () => {
  const shares = new Shares(16);
  expect(["ada", "eve", "joe", "kim", "lea", "max"].map((person) => fill(shares, person).length)).toEqual([8, 4, 2, 1, 1, 0]);
  expect(shares.free).toBe(0);
});

test("[JOB5] a place that is given back goes to whoever has fewer than are free", () => {
  const shares = new Shares(8);
  const [one] = fill(shares, "ada");
  const [first] = fill(shares, "eve");
  expect(shares.full).toEqual(["ada", "eve"]);
  one?.();
  expect(shares.full).toEqual(["ada"]);
  first?.();
  expect(shares.full).toEqual([]);
});

test("the system's own runs are limited by the places alone", () => {
  const shares = new Shares(3);
  expect(fill(shares, null)).toHaveLength(3);
  expect(shares.take("ada")).toBeNull();
});

test("one place is enough for anybody", () => {
  const shares = new Shares(1);
  shares.take("ada")?.();
  expect(shares.take("eve")).not.toBeNull();
});

test("[JOB5] whoever comes and goes, nobody without a run is refused while a place is free, and no place is given twice", () => {
  const steps = fc.array(fc.tuple(fc.constantFrom("ada", "eve", "joe", null), fc.boolean()), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), steps, (places, actions) => {
      const shares = new Shares(places);
      const held: { person: string | null; leave: () => void }[] = [];
      for (const [person, comes] of actions) {
        const own = held.filter((each) => each.person === person);
        const leave = comes ? shares.take(person) : null;
        if (comes && own.length === 0) expect(leave !== null).toBe(held.length < places);
        if (person !== null && comes) expect(leave !== null).toBe(own.length < places - held.length);
        if (leave) held.push({ person, leave });
        const [goes] = comes ? [] : own;
        if (goes) {
          held.splice(held.indexOf(goes), 1);
          goes.leave();
        }
        expect(shares.free).toBe(places - held.length);
      }
    }),
  );
});
