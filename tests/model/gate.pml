/* The edge gate: no answer is ever stale, not even one from a cache (DESIGN 5, ADR 2, ADR 8).
 *
 * spin searches all states of this model: tests/model/model_test.py; docs/TESTING.md, "The model".
 *
 * The model has an item and WRITES writes to it; two edges, each with a cache, a lease and a gate; and two brokers at a
 * journal that does compare-and-swap. A broker takes the leadership TAKEOVERS times, from the other or after a restart.
 * Every process may be paused at every step for any time, and every message may be late or lost: its step is then taken
 * late or never, while time goes on.
 *
 * The promise (G4) is the assertion in answer(): the answer to a client is not older than any answer that a client had
 * got before the first one asked. It is the same for reads, cache hits, rejections and order queries, because each
 * reveals a seq and nothing else.
 *
 * Some simplifications make the model small without removing a way to fail. If a delay can only forbid an answer, there
 * is no delay: an acknowledgement or a watermark arrives at once, a lease request and its grant are one step, a leader
 * has just proved its leadership for as long as it leads, and a client that may be answered is answered. Each of these
 * is named again at its place. And:
 *   - Every event touches the item. So a value is the seq of the event that made it.
 *   - Time is in ticks, and timers count down, so that time has no bound. A tick is the error of a clock in one lease
 *     that the drift margin allows. An edge's clock is always slow by it, and a broker's clock fast.
 *   - Only the answers of edge 0 are checked. Edge 1 does not differ, and answers change nothing. -DBOTH checks both.
 *
 * -DCREDENTIALS has requests with a token in place of reads of the item (ADR 46). One event may grant the token's
 * credential and one revokes it; any other event leaves it alone. An edge that serves or denies a request reveals the
 * seq of the credential's last event. So the assertion says: once a revocation was told to anybody, no edge serves. There
 * is one edge, because another one could only hold W back.
 *
 * Each other `#ifdef` breaks the rule beside it, and spin must then find a stale answer. Rules are numbered as in
 * DESIGN 5. The output of printf is the story of a counterexample. */

#if defined(CLOCK_READ_BEFORE_THE_CALL) || defined(LATER_LEASE_COVERS)
#define THREADS
#define WRITES 1
#define TAKEOVERS 1
#endif
#if defined(BEGINNING_FORGETS_NOTHING) || defined(BEGINNING_TAKES_OLD_LOOK_UPS) || \
    defined(CREDENTIAL_USED_WITHOUT_LEASE) || defined(EVENT_LEAVES_THE_CREDENTIAL) || \
    defined(OLD_LOOK_UP_KEPT) || defined(TOKEN_NOT_GATED)
#define CREDENTIALS
#endif
#ifdef EVENT_LEAVES_THE_CREDENTIAL
#define EVENT_LEAVES_THE_CACHE
#endif
#ifndef WRITES
#define WRITES 2
#endif
#ifndef TAKEOVERS
#define TAKEOVERS 2
#endif
#ifndef LEASE
#define LEASE 2 /* ticks */
#endif
#define EDGES 2
#define BROKERS 2

#define DRIFT 1
#ifdef NO_MARGIN_AT_THE_EDGE /* 5.1 */
#define AT_THE_EDGE(lease) ((lease) + DRIFT)
#else
#define AT_THE_EDGE(lease) ((lease) - DRIFT + DRIFT) /* minus the margin; the clock is slow */
#endif
#ifdef NO_MARGIN_AT_THE_BROKER /* 5.4 */
#define AT_THE_BROKER(lease) ((lease) - DRIFT)
#else
#define AT_THE_BROKER(lease) ((lease) + DRIFT - DRIFT) /* plus the margin; the clock is fast */
#endif

#ifdef BOTH
#define LOOKED_AT(e) true
#else
#define LOOKED_AT(e) (e == 0)
#endif

#define NONE 15
#define MAX(a, b) ((a) > (b) -> (a) : (b))
#define MIN(a, b) ((a) < (b) -> (a) : (b))

/* --- the answers that clients have got --- */

byte told; /* the highest seq in them */
byte mark; /* W: the highest published watermark */

/* --- the journal: durable and unique --- */

byte stream;          /* the seq of the last event */
byte leader;          /* the leader key */
byte takeovers;       /* number of takeovers */
bool recorded[EDGES]; /* HolderJoined */
#ifdef CREDENTIALS
byte granted; /* the seq of the event that grants the credential; 0: it has been there from the beginning */
byte revoked; /* the seq of the event that revokes it */
#define TOUCHED_BY(seq) (seq == granted || seq == revoked)
#define LAST_CHANGE(seq) (seq >= revoked -> revoked : (seq >= granted -> granted : 0))
#else
#define TOUCHED_BY(seq) true
#define LAST_CHANGE(seq) seq
#endif

/* --- brokers: the beliefs of each, true or not --- */

typedef Broker {
  bool leads;
  byte commit;        /* the last seq that it knows to be committed */
  bool flight;        /* its append is durable, and it does not know that yet */
  byte proof_age;     /* ticks since p, at most LEASE */
  bool holder[EDGES]; /* the broker knows it */
  byte until[EDGES];  /* ticks for which the holder's lease may still run */
};
Broker broker[BROKERS];

/* --- edges --- */

typedef Edge {
  byte applied;
  byte cache; /* a value, or NONE; of a credential: the seq of its last event */
  byte lease; /* ticks left */
  byte grant; /* ticks left of a grant that is on its way or set aside ... */
  byte owed;  /* ... until this seq is applied */
  byte reply; /* of a replica, on its way: a value, or NONE */
  bool stopped;
#ifdef CREDENTIALS
  byte changed; /* a reply that shows less than this seq is too old */
#endif
};
Edge edge[EDGES];

#define B broker[b]
#define E edge[e]

/* ---------- 5.3: the watermark ---------- */

/* Every applied seq counts as acknowledged. If the acknowledgement is late, or did not reach this leader (5.4), W is
 * lower or stands still, as if it were published late or never. */
#ifdef ACKNOWLEDGED_BEFORE_APPLIED /* 5.7 */
#define ACKED(e) MIN(edge[e].applied + 1, stream)
#else
#define ACKED(e) edge[e].applied
#endif

#ifdef WATERMARK_IGNORES_HOLDERS
#define LEAST_OF(b, e) broker[b].commit
#else
#define LEAST_OF(b, e) (broker[b].until[e] > 0 -> ACKED(e) : broker[b].commit)
#endif
#define LEAST(b) MIN(broker[b].commit, MIN(LEAST_OF(b, 0), LEAST_OF(b, 1)))

/* 5.5: a write is answered when W has reached it, and each write has a client. A leader that is deposed without knowing
 * it publishes, too. */
inline publish_mark() {
  d_step {
    B.leads && LEAST(b) > mark;
    mark = LEAST(b);
    told = MAX(told, mark);
    printf("broker %d: W is %d, and all writes up to it are answered\n", b, mark)
  }
}

/* ---------- leadership ---------- */

/* 5.4: each recorded holder may have got a lease just now. */
#ifdef NO_WAIT_AFTER_TAKEOVER
#define MAY_RUN(e) 0
#else
#define MAY_RUN(e) (recorded[e] -> AT_THE_BROKER(LEASE) : 0)
#endif

#define FORGET_ALL()   \
  B.leads = false;     \
  B.commit = 0;        \
  B.flight = false;    \
  B.proof_age = 0;     \
  B.holder[0] = false; \
  B.holder[1] = false; \
  B.until[0] = 0;      \
  B.until[1] = 0

/* A compare-and-swap of the leader key, at any moment, also by a broker that starts again. Then the broker reads the
 * journal and knows only what it finds there. */
inline take_over() {
#ifdef TAIL_READ_BEFORE_TAKEOVER /* 5.2: its grants then carry too low a commit seq */
  d_step {
    takeovers < TAKEOVERS;
    FORGET_ALL();
    B.commit = stream;
    printf("broker %d: reads that the stream ends at %d\n", b, stream)
  }
#endif
  d_step {
    takeovers < TAKEOVERS;
    takeovers++;
    leader = b;
    B.leads = true;
#ifndef TAIL_READ_BEFORE_TAKEOVER
    B.commit = stream;
#endif
    B.flight = false;
    B.proof_age = 0;
    B.holder[0] = recorded[0];
    B.holder[1] = recorded[1];
    B.until[0] = MAY_RUN(0);
    B.until[1] = MAY_RUN(1);
    printf("broker %d: takes over at seq %d\n", b, B.commit)
  }
}

/* One transaction, which succeeds only if the leader key is still ours. If not, the deposed broker stops. */
#ifdef NOT_FENCED
#define MINE(b) (leader == b || broker[b].commit == stream)
#else
#define MINE(b) (leader == b)
#endif

inline append() {
  d_step {
    B.leads && !B.flight && stream < WRITES;
    if
    :: MINE(b) ->
      stream++;
      B.flight = true;
#ifdef CREDENTIALS
      if
      :: stream == granted -> printf("broker %d: grants the credential\n", b)
      :: stream == revoked -> printf("broker %d: revokes the credential\n", b)
      :: else
      fi;
#endif
      printf("broker %d: event %d is durable\n", b, stream)
    :: else ->
      FORGET_ALL();
      printf("broker %d: is fenced, and stops\n", b)
    fi
  }
}

/* The append was durable already; the leader learns it now, perhaps after it was deposed. */
inline learn() {
  d_step {
    B.flight;
    B.flight = false;
    B.commit++;
#ifdef WRITE_NOT_GATED /* 5.5 */
    told = MAX(told, B.commit);
#endif
    printf("broker %d: knows that %d is committed\n", b, B.commit)
  }
}

proctype Leading(byte b) {
  do
  :: take_over()
  :: append()
  :: learn()
  :: publish_mark()
  od
}

/* ---------- 5.1, 5.2: leases ---------- */

/* HolderJoined, an append like any other, before the first grant. It takes no seq here, because no answer shows it. */
inline record_holder() {
  d_step {
    B.leads && !B.holder[e];
    if
    :: leader == b ->
#ifndef HOLDER_NOT_RECORDED
      recorded[e] = true;
#endif
      B.holder[e] = true;
      printf("broker %d: records edge %d as a holder\n", b, e)
    :: else ->
      FORGET_ALL();
      printf("broker %d: is fenced, and stops\n", b)
    fi
  }
}

/* The lease runs until p + LEASE. */
#ifdef LEASE_NOT_BOUNDED_BY_PROOF
#define GRANTED LEASE
#else
#define GRANTED (LEASE - B.proof_age)
#endif

/* The edge answers nothing until this seq is applied. */
#ifdef GRANT_WITHOUT_COMMIT_SEQ
#define OWED 0
#else
#ifdef GRANT_CARRIES_THE_WATERMARK
#define OWED LEAST(b)
#else
#define OWED B.commit
#endif
#endif

/* The request and the arrival of the grant are one step. A lease counts from the moment when its request is sent, so on
 * the way it only becomes shorter. If the leader refuses an edge that does not keep up (ADR 8), the step is not taken. */
inline grant_lease() {
  d_step {
    B.leads && B.holder[e] && !E.stopped && GRANTED > 0;
    if
    :: LOOKED_AT(e) ->
      E.grant = AT_THE_EDGE(GRANTED);
      E.owed = OWED
    :: else
    fi;
    B.until[e] = MAX(B.until[e], AT_THE_BROKER(GRANTED));
    printf("broker %d: grants edge %d a lease of %d ticks from seq %d on\n", b, e, GRANTED, E.owed)
  }
}

/* ADR 8: an edge that stops has answered its requests and answers no more, so the broker need not wait for it. */
inline give_back() {
  d_step {
    B.leads && B.until[e] > 0;
    B.until[e] = 0;
    E.stopped = true;
    E.grant = 0;
    E.owed = 0;
#ifndef LEASE_GIVEN_BACK_AND_USED
    E.lease = 0;
    E.cache = NONE;
    E.reply = NONE;
#endif
    printf("edge %d: stops, and gives its lease back to broker %d\n", e, b)
  }
}

proctype Leasing(byte b, e) {
  do
  :: record_holder()
  :: grant_lease()
  :: give_back()
  od
}

/* 5.2: a grant is set aside until its commit seq is applied. An earlier one may run meanwhile. */
inline take_up() {
  d_step {
    E.grant > 0 && E.applied >= E.owed;
    E.lease = MAX(E.lease, E.grant);
    E.grant = 0;
    E.owed = 0;
    printf("edge %d: may answer for %d ticks by the broker's clock\n", e, E.lease)
  }
}

/* ---------- answers ---------- */

/* The promise. The gate holds an answer until W has reached its value (5.5), and then writes up to that value are
 * answered anyway. So an answer that leaves changes nothing. Its bound is known when the client asks, which is now. */
inline answer(value) {
  printf("edge %d: answers with seq %d; the highest seq told before: %d\n", e, value, told);
  assert(value >= LAST_CHANGE(told))
}

/* 5.2: the edge reads the value first and checks the lease afterwards. Time between the two would only forbid answers.
 * In the other order they are two steps: the lease is good, time passes, a client asks. */
inline hit() {
#ifdef LEASE_CHECKED_BEFORE_VALUE
  d_step {
    E.lease > 0;
    printf("edge %d: its lease is good\n", e)
  }
  d_step {
    E.cache != NONE;
#else
  d_step {
    E.cache != NONE && E.lease > 0;
#endif
#ifdef FAR_END /* breaks no rule: after all writes and takeovers, an exact answer from a cache must be possible */
    assert(!(E.cache == WRITES && told == WRITES && takeovers == TAKEOVERS));
#endif
    answer(E.cache)
  }
}

/* 5.6: any replica that has applied `min` answers, with any value from `min` on. It may answer at once. */
inline miss() {
  atomic {
    E.reply == NONE && E.lease > 0;
#ifdef REPLICA_IGNORES_MIN
    E.reply = 0;
#else
    E.reply = E.applied;
#endif
    do
    :: E.reply < stream -> E.reply++
    :: break
    od;
    answer(E.reply);
#ifdef READ_NOT_GATED /* 5.5 */
    told = MAX(told, E.reply)
#endif
  }
}

/* 5.7: the edge keeps the reply, unless it has applied a later event while the reply was on its way. */
inline fill() {
  d_step {
    E.reply != NONE;
    if
#ifdef FILL_AFTER_INVALIDATION_KEPT
    :: true -> E.cache = E.reply
#else
    :: E.reply >= E.applied -> E.cache = E.reply
#endif
    :: else
    fi;
    E.reply = NONE;
    printf("edge %d: has a reply; its cache holds %d\n", e, E.cache)
  }
}

/* 5.7: the edge drops cached answers that an event touches before it acknowledges the event. */
inline apply() {
  d_step {
    E.applied < stream;
    E.applied++;
#ifdef CREDENTIALS
    E.changed = (TOUCHED_BY(E.applied) -> E.applied : E.changed);
#endif
#ifndef EVENT_LEAVES_THE_CACHE
    E.cache = (TOUCHED_BY(E.applied) -> NONE : E.cache);
#endif
#ifdef EVENTS_SHOWN_BEYOND_THE_WATERMARK /* 5.8 */
    told = MAX(told, E.applied);
#endif
    printf("edge %d: applies and acknowledges %d\n", e, E.applied)
  }
}

#ifdef CREDENTIALS
/* ---------- requests with a token (ADR 46) ---------- */

#ifdef FAR_END
bool served;
#endif

/* An edge applies no event from before its beginning, which is where the stream ends at that moment. It may have looked
 * the credential up earlier, for a request that needs no lease. */
inline begin() {
  d_step {
    !recorded[e] && E.applied == 0 && stream > 0;
    E.applied = stream;
#ifndef BEGINNING_TAKES_OLD_LOOK_UPS
    E.changed = stream;
#endif
#ifndef BEGINNING_FORGETS_NOTHING
    E.cache = NONE;
#endif
    printf("edge %d: begins at seq %d\n", e, E.applied)
  }
}

/* A look-up needs no lease. Any replica answers, however little it has applied: `min` only spares the edge replies that
 * land() refuses. The edge may look up what it knows, because it may have forgotten that for want of room. */
inline look_up() {
  atomic {
    E.reply == NONE && !E.stopped;
    E.reply = 0;
    do
    :: E.reply < stream -> E.reply++
    :: break
    od;
    printf("edge %d: a replica that has applied %d tells it the credential\n", e, E.reply)
  }
}

/* 5.7: the edge keeps the reply, unless it has applied a later event of the credential. */
inline land() {
  d_step {
    E.reply != NONE;
    if
#ifdef OLD_LOOK_UP_KEPT
    :: true -> E.cache = LAST_CHANGE(E.reply)
#else
    :: E.reply >= E.changed -> E.cache = LAST_CHANGE(E.reply)
#endif
    :: else
    fi;
    printf("edge %d: has the reply of %d; it knows the credential as of %d\n", e, E.reply, E.cache);
    E.reply = NONE
  }
}

/* The edge serves if the credential is valid, and denies otherwise. The data of the answer are those of a hit or a miss
 * and come later. 5.5: the answer reveals the credential's last event, too, and the gate holds it until then. */
inline pass() {
  d_step {
#ifdef CREDENTIAL_USED_WITHOUT_LEASE
    E.cache != NONE;
#else
    E.cache != NONE && E.lease > 0;
#endif
#ifdef FAR_END /* breaks no rule: it must be possible to serve before the revocation and to deny after it */
    served = served || (E.cache == 1 && granted == 1 && told == 1);
    assert(!(served && E.cache == revoked && told == WRITES && takeovers == TAKEOVERS));
#endif
    if
    :: E.cache >= granted && E.cache < revoked -> printf("edge %d: serves a request with the token\n", e)
    :: else -> printf("edge %d: denies a request with the token\n", e)
    fi;
    answer(E.cache);
#ifdef TOKEN_NOT_GATED /* 5.5 */
    told = MAX(told, E.cache)
#endif
  }
}
#endif

#ifdef THREADS
/* A thread of the edge's process looks up in the edge's memory (ADR 43). Its three steps are apart from the core's, and
 * it may be paused between them: it reads the end of the lease, takes the value, and then reads the clock. `told` of the
 * moment when the look-up begins is its bound. `end` runs down as the lease does. */
byte end;   /* ticks left of the lease whose end the thread has read */
byte taken; /* the value that it has taken */
byte floor;

#ifdef LATER_LEASE_COVERS /* the end is read after the value, so it may be that of a lease that began in between */
#define READ_END_FIRST skip
#define READ_END_LAST end = edge[0].lease
#else
#define READ_END_FIRST end = edge[0].lease
#define READ_END_LAST skip
#endif

#ifdef CLOCK_READ_BEFORE_THE_CALL
#define IS_GOOD true
#else
#define IS_GOOD end > 0
#endif

proctype Looking() {
  do
#ifdef CLOCK_READ_BEFORE_THE_CALL
  :: d_step {
      edge[0].lease > 0;
      printf("edge 0: its lease is good, says a thread\n")
    };
    d_step {
#else
  :: d_step {
#endif
      floor = told;
      READ_END_FIRST;
      printf("edge 0: a thread reads that its lease runs for %d ticks\n", end)
    };
    if
    :: d_step { edge[0].cache != NONE -> taken = edge[0].cache };
      d_step {
        READ_END_LAST;
        if
        :: IS_GOOD ->
          printf("edge 0: a thread answers with seq %d; the highest seq told before: %d\n", taken, floor);
          assert(taken >= floor)
        :: else
        fi
      }
    :: true
    fi;
    d_step {
      end = 0;
      taken = 0;
      floor = 0
    }
  od
}
#endif

proctype Answering(byte e) {
  do
  :: apply()
  :: take_up()
#ifdef CREDENTIALS
  :: begin()
  :: look_up()
  :: land()
  :: pass()
#else
#ifndef THREADS
  :: hit()
#endif
  :: miss()
  :: fill()
#endif
  od
}

/* ---------- time ---------- */

#define LESS(timer) timer = (timer > 0 -> timer - 1 : 0)

/* A leader has always just proved its leadership: an older p would only make leases shorter. */
inline age(b) {
  LESS(broker[b].until[0]);
  LESS(broker[b].until[1]);
  broker[b].proof_age = (leader == b || !broker[b].leads -> 0 : MIN(broker[b].proof_age + 1, LEASE))
}

inline run_down(e) {
  LESS(edge[e].lease);
#ifndef LEASE_COUNTED_FROM_RECEIPT /* 5.1 */
  LESS(edge[e].grant);
#endif
  edge[e].owed = (edge[e].grant > 0 -> edge[e].owed : 0)
}

proctype Time() {
  do
  :: d_step {
      age(0);
      age(1);
      run_down(0);
      run_down(1);
#ifdef THREADS
      LESS(end);
#endif
      printf("a tick\n")
    }
  od
}

init {
  atomic {
    broker[0].leads = true;
    edge[0].cache = NONE;
    edge[1].cache = NONE;
    edge[0].reply = NONE;
    edge[1].reply = NONE;
#ifdef CREDENTIALS
    select(granted : 0 .. WRITES - 1);
    select(revoked : granted + 1 .. WRITES);
#endif
    run Leading(0);
    run Leading(1);
    run Leasing(0, 0);
    run Leasing(1, 0);
    run Answering(0);
#ifndef CREDENTIALS
    run Leasing(0, 1);
    run Leasing(1, 1);
    run Answering(1);
#endif
#ifdef THREADS
    run Looking();
#endif
    run Time()
  }
}
