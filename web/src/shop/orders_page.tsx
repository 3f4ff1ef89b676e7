// Finds orders by number or by the customer's name.
import { api, type Order } from "../shared/api.ts";
import { SignIn } from "../shared/account.tsx";
import { customer_of, may_see_orders, useWho } from "../shared/who.ts";
import { day_and_time, money, pieces } from "../shared/money.ts";
import { load_customer, save_customer } from "./kept.ts";
import { last_orders, PAGE } from "./last_orders.ts";
import { More, Trouble, useAnswer, useTitle } from "./parts.tsx";
import { to } from "./route.ts";

const given = (event: SubmitEvent, name: string) => {
  event.preventDefault();
  return String(new FormData(event.target as HTMLFormElement).get(name) ?? "").trim();
};

const by_number = (event: SubmitEvent) => {
  const no = given(event, "no");
  if (no) location.hash = to.order(Number(no));
};

function by_name(event: SubmitEvent): void {
  const customer = given(event, "customer");
  if (!customer) return;
  save_customer(customer);
  location.hash = to.orders(customer);
}

const ask = (customer: string) => (after: number) => api.orders(customer, after, PAGE);

function Row({ order }: { order: Order }) {
  return (
    <li>
      <a href={to.order(order.no)}>
        <span class="order-no number">Order {order.no}</span>
        <span class="soft">{day_and_time(order.at)}</span>
        <span class="soft">{pieces(order.lines.reduce((sum, line) => sum + line.quantity, 0))}</span>
        <span class="number order-total">{money(order.total)}</span>
      </a>
    </li>
  );
}

function Found({ customer }: { customer: string }) {
  const { value, problem, again, set } = useAnswer(() => last_orders(ask(customer)), [customer]);
  const orders = value?.orders ?? [];
  const more = async () => {
    const next = await last_orders(ask(customer), orders.at(-1)!.no);
    set((old) => ({ orders: [...old.orders, ...next.orders], older: next.older }));
  };
  if (problem && !value) {
    return (
      <Trouble problem={problem}>
        <button type="button" class="button small" onClick={again}>
          Try again
        </button>
      </Trouble>
    );
  }
  return (
    <section aria-busy={!value} aria-labelledby="found">
      <h2 id="found">Orders of {customer}</h2>
      {value && orders.length === 0 && <p class="soft">None yet.</p>}
      <ul class="orders">
        {orders.map((order) => (
          <Row order={order} key={order.no} />
        ))}
      </ul>
      {value?.older && <More label="Older orders" on_more={more} />}
    </section>
  );
}

export function OrdersPage({ customer = load_customer() }: { customer?: string }) {
  useTitle("Orders");
  const { who } = useWho();
  const own = customer_of(who);
  if (own) {
    return (
      <div class="orders-page">
        <h1 tabIndex={-1}>My orders</h1>
        <Found customer={own} />
      </div>
    );
  }
  if (who && !may_see_orders(who)) {
    return <SignIn title="Orders" why="Sign in with your token to see your orders." />;
  }
  return (
    <div class="orders-page">
      <h1 tabIndex={-1}>Orders</h1>
      <div class="finders">
        <form onSubmit={by_name}>
          <label class="label" for="by-name">
            By the name you gave
          </label>
          <div class="with-button">
            <input
              class="field"
              id="by-name"
              name="customer"
              autocomplete="name"
              maxLength={40}
              defaultValue={customer}
              required
            />
            <button class="button">Show</button>
          </div>
        </form>
        <form onSubmit={by_number}>
          <label class="label" for="by-number">
            By its number
          </label>
          <div class="with-button">
            <input
              class="field number"
              id="by-number"
              name="no"
              inputMode="numeric"
              pattern="[1-9][0-9]*"
              title="A whole number"
              required
            />
            <button class="button">Show</button>
          </div>
        </form>
      </div>
      {customer && <Found customer={customer} />}
    </div>
  );
}
