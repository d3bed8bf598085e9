/**
 * Presence in SQL. A row of `rt.session` is a tab in a room, or stands in none for somebody who has just left their last one; a user is
 * online exactly while one of those rows is theirs.
 *
 * A user's first row comes and the last one goes under the lock of the user's `rt.online` row, so each of the two edges is decided
 * once, whichever processes the tabs belong to, and what hangs on it is enqueued in the same transaction (PRS2). Who merely leaves a
 * room needs no lock: one statement puts the row in no room in the place of the one that goes, so the user is online throughout.
 * Time is the database's alone: the clocks of processes may jump. Locks are taken in one order, process, user, session, of processes
 * and users by their ids, and of several tabs only under the locks of their users, so none deadlock.
 */
import { type SQL, sql } from "drizzle-orm";
import type { Member } from "./room.ts";
import type { RealtimeTransaction } from "./transaction.ts";

/** A tab and whose it is; the names are the server's word. */
export type Tab = Pick<Member, "tabId" | "userId" | "name" | "color" | "device">;

/** Somebody who joins. */
export interface Joining extends Tab {
  /** What they come by. */
  readonly via?: object | null;
  /**
   * Whether they may, asked in the transaction that lets them in, where their user is locked: whoever's access is taken away at the same
   * moment is refused here, or found by `turnOut`. Throws to refuse.
   */
  readonly admit?: (tx: RealtimeTransaction) => Promise<unknown>;
}

/** One stay of a tab in a room. `epoch` grows with every join of anybody: what a superseded stay still says of itself is ignored. */
export interface Stay {
  readonly room: string;
  readonly tabId: string;
  readonly epoch: number;
}

export interface Attendee extends Stay, Member {
  readonly processId: string;
}

/** A user's first tab came, or the last one went. */
export interface Edge {
  readonly userId: string;
  readonly online: boolean;
}

export interface Times {
  /** How long a process that says nothing is believed to live, in milliseconds. */
  readonly leaseMs: number;
  /** How long a tab whose connection is gone may take to come back. */
  readonly graceMs: number;
}

type Executor = Pick<RealtimeTransaction, "execute">;

/** The room of those who have just left their last one. */
const NOWHERE = "";
/** Users whose tabs one transaction removes at most; each may bring a job. */
const USERS_PER_REMOVAL = 100;

export class Attendance {
  readonly processId = crypto.randomUUID();
  readonly #db: Executor;
  readonly #leaseFor: SQL;
  readonly #graceEnd: SQL;

  constructor(db: Executor, { leaseMs, graceMs }: Times) {
    this.#db = db;
    this.#leaseFor = ms(leaseMs);
    this.#graceEnd = sql`now() + ${ms(graceMs)}`;
  }

  /**
   * Takes our lease, or renews it. One that is missing was removed by others, with our people, whose visits end as soon as their rosters
   * are read.
   * @returns whether something waits to be removed. Only a process that has been steady for a whole lease may say so: after an outage
   * everybody's lease has lapsed, and all renew first.
   */
  async renew(db: Executor = this.#db): Promise<boolean> {
    const [row] = await rows<{ due: boolean }>(
      db,
      sql`with mine as (
          insert into rt.process as p (id, lease_until) values (${this.processId}::uuid, now() + ${this.#leaseFor})
            on conflict (id) do update set lease_until = excluded.lease_until,
              steady_since = case when p.lease_until < now() then now() else p.steady_since end
            returning steady_since)
        select steady_since <= now() - ${this.#leaseFor} and (exists (select from rt.process where lease_until < now())
          or coalesce((select min(away_until) from rt.session) < now(), false)) as due from mine`,
    );
    return row?.due === true;
  }

  /**
   * Any older stay of the tab gives way.
   * @returns no stay when the tab is another user's; roll back then
   */
  async enter(
    tx: Executor,
    { room, tabId, userId, name, color, device }: Tab & Pick<Stay, "room">,
  ): Promise<{ stay: Stay | null; edges: Edge[] }> {
    let user = await this.#lockUser(tx, userId);
    if (!user?.leased) {
      // Others have taken us for dead.
      await this.renew(tx);
      user = await this.#lockUser(tx, userId);
    }
    const [own] = await rows<{ epoch: number }>(
      tx,
      sql`insert into rt.session as s (room, tab_id, process_id, user_id, name, color, device)
        values (${room}, ${tabId}::uuid, ${this.processId}::uuid, ${userId}::uuid, ${name}, ${color}, ${device})
        on conflict (room, tab_id) do update set epoch = excluded.epoch, process_id = excluded.process_id, away_until = null,
          name = excluded.name, color = excluded.color, device = excluded.device
        where s.user_id = excluded.user_id
        returning s.epoch::float8`,
    );
    return { stay: own ? { room, tabId, epoch: own.epoch } : null, edges: user?.came ? [{ userId, online: true }] : [] };
  }

  /**
   * The lease must be there from here to the end: without it no user is locked. ON CONFLICT DO UPDATE locks the row even where its
   * condition is false.
   */
  async #lockUser(tx: Executor, userId: string): Promise<{ leased: boolean; came: boolean } | undefined> {
    const query = sql`with mine as materialized (select from rt.process where id = ${this.processId}::uuid for key share),
        came as (insert into rt.online as o (user_id, online) select ${userId}::uuid, true from mine
          on conflict (user_id) do update set online = true, since = now() where not o.online returning 1)
        select exists (select from mine) as leased, exists (select from came) as came`;
    return (await rows<{ leased: boolean; came: boolean }>(tx, query))[0];
  }

  /** Its connection is gone; the tab may come back until the grace is over. @returns false when the stay was superseded */
  async stepOut(stay: Stay): Promise<boolean> {
    const query = sql`update rt.session set away_until = ${this.#graceEnd} where ${is(stay)} and away_until is null returning 1`;
    return (await rows(this.#db, query)).length > 0;
  }

  /**
   * As `stepOut`, for a stay that may have begun although its join failed: the database may still be at the commit.
   * @returns false when it never began, or was superseded
   */
  async retract(stay: Stay & Pick<Tab, "userId">): Promise<boolean> {
    await this.#lockUsers(this.#db, [stay.userId]);
    return this.stepOut(stay);
  }

  /**
   * The tab is out of the room at once, its user offline only after the grace: whoever goes from one room to the next does not go offline
   * in between. Until then a row in no room stands for them.
   * @returns false when the stay was superseded
   */
  async leave(stay: Stay): Promise<boolean> {
    return (await this.#remove(this.#db, is(stay))).length > 0;
  }

  /**
   * All tabs of these users are out of the room (null: of all rooms) at once, whichever process they came by and whether or not that
   * still lives; the users go offline as those do who leave. Who is just joining has either not locked their user yet, or is found.
   * @returns the rooms they were in
   */
  async turnOut(tx: Executor, userIds: readonly string[], room: string | null): Promise<string[]> {
    await this.#lockUsers(tx, userIds);
    return this.#remove(tx, sql`user_id = ${anyOf(userIds, "uuid")} and ${room === null ? sql`room <> ${NOWHERE}` : sql`room = ${room}`}`);
  }

  /** Waits for whoever of them is just joining; also for users who were never anywhere: their first join may be under way. */
  async #lockUsers(db: Executor, userIds: readonly string[]): Promise<void> {
    await rows(
      db,
      sql`insert into rt.online as o (user_id, online) select distinct id, false from unnest(${listOf(userIds)}::uuid[]) id order by id
        on conflict (user_id) do update set online = o.online where false`,
    );
  }

  /** @returns the rooms that somebody was removed from */
  async #remove(db: Executor, which: SQL): Promise<string[]> {
    const query = sql`with gone as (delete from rt.session where ${which} returning *),
        nowhere as (insert into rt.session (room, tab_id, user_id, name, color, device, away_until)
          select distinct on (user_id) ${NOWHERE}, user_id, user_id, name, color, device, ${this.#graceEnd} from gone order by user_id
          on conflict (room, tab_id) do update set away_until = excluded.away_until)
      select distinct room from gone`;
    return (await rows<{ room: string }>(db, query)).map(({ room }) => room);
  }

  /**
   * Removes some of those whose grace is over or whose process has lost its lease; one cleaner at a time gets a process.
   * @returns the rooms they were in, and whether there may be more
   */
  async reap(tx: Executor): Promise<{ rooms: string[]; edges: Edge[]; more: boolean }> {
    const lapsed = await rows<{ id: string }>(
      tx,
      sql`select id from rt.process where lease_until < now() order by id for update skip locked`,
    );
    const processes = anyOf(
      lapsed.map(({ id }) => id),
      "uuid",
    );
    // A statement of its own: the next one must see what was done before the locks were given to us.
    const locked = await rows<{ user_id: string }>(
      tx,
      sql`select user_id from rt.online where user_id = any(array(select user_id from rt.session where away_until < now()
          union select user_id from rt.session where process_id = ${processes} order by user_id limit ${USERS_PER_REMOVAL}))
        order by user_id for update`,
    );
    const users = anyOf(
      locked.map((row) => row.user_id),
      "uuid",
    );
    const gone = await rows<{ room: string }>(
      tx,
      sql`delete from rt.session where user_id = ${users} and (away_until < now() or process_id = ${processes}) returning room`,
    );
    const offline = await rows<{ user_id: string }>(
      tx,
      sql`update rt.online o set online = false, since = now() where o.online and o.user_id = ${users}
        and not exists (select from rt.session s where s.user_id = o.user_id) returning o.user_id`,
    );
    await rows(
      tx,
      sql`delete from rt.process p where id = ${processes} and not exists (select from rt.session s where s.process_id = p.id)`,
    );
    const rooms = new Set(gone.map(({ room }) => room));
    rooms.delete(NOWHERE);
    const edges = offline.map((row) => ({ userId: row.user_id, online: false }));
    return { rooms: [...rooms], edges, more: locked.length === USERS_PER_REMOVAL };
  }

  /** Who is in these rooms. */
  async roster(rooms: readonly string[]): Promise<Attendee[]> {
    const found = await rows<Omit<Attendee, "joinedAt"> & { joinedMs: number }>(
      this.#db,
      sql`select room, tab_id as "tabId", epoch::float8, process_id as "processId", user_id as "userId", name, color, device,
          away_until is not null as away, trunc(extract(epoch from joined_at) * 1000)::float8 as "joinedMs"
        from rt.session s where room = ${anyOf(rooms, "text")} order by joined_at, s.epoch`,
    );
    return found.map(({ joinedMs, ...row }) => ({ ...row, joinedAt: new Date(joinedMs) }));
  }

  /** Which of these users are online, on any device. */
  async online(userIds: readonly string[]): Promise<string[]> {
    const query = sql`select user_id from rt.online where online and user_id = ${anyOf(userIds, "uuid")}`;
    return (await rows<{ user_id: string }>(this.#db, query)).map((row) => row.user_id);
  }
}

function is({ room, tabId, epoch }: Stay): SQL {
  return sql`room = ${room} and tab_id = ${tabId}::uuid and epoch = ${epoch}`;
}

/**
 * With a list the planner looks each up in the index, however many rows there are; a set of rows it would rather join, and read all.
 * As text, since the driver knows no array types here; what JSON escapes of ids and rooms, arrays escape alike.
 */
function anyOf(values: readonly string[], type: "text" | "uuid"): SQL {
  return sql`any(${listOf(values)}::${sql.raw(type)}[])`;
}

function listOf(values: readonly string[]): string {
  return `{${values.map((value) => JSON.stringify(value)).join(",")}}`;
}

function ms(value: number): SQL {
  return sql`${value}::float8 * interval '1 millisecond'`;
}

async function rows<Row>(db: Executor, query: SQL): Promise<Row[]> {
  // The statements above name exactly these columns.
  return (await db.execute(query)) as unknown as Row[];
}
