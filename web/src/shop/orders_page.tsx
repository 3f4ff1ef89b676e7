// Finds orders by number or by the customer's name.
import { api, type Order } from "../shared/api.ts";
import { day_and_time, money, pieces } from "../shared/money.ts";
import { load_customer, save_customer } from "./kept.ts";
import { Trouble, useAnswer, useTitle } from "./parts.tsx";
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

// The store returns them ascending; customers want their last order first.
async function all_orders(customer: string): Promise<Order[]> {
  const found: Order[] = [];
  let after: number | undefined;
  do {
    const page = await api.orders(customer, after);
    found.push(...page.orders);
    after = page.next;
  } while (after !== undefined && found.length < 1000);
  return found.reverse();
}

function Found({ customer }: { customer: string }) {
  const { value: orders, problem, again } = useAnswer(() => all_orders(customer), [customer]);
  if (problem && !orders) {
    return (
      <Trouble problem={problem}>
        <button type="button" class="button small" onClick={again}>
          Try again
        </button>
      </Trouble>
    );
  }
  return (
    <section aria-busy={!orders} aria-labelledby="found">
      <h2 id="found">Orders of {customer}</h2>
      {orders?.length === 0 && <p class="soft">None yet.</p>}
      <ul class="orders">
        {orders?.map((order) => (
          <li key={order.no}>
            <a href={to.order(order.no)}>
              <span class="order-no number">Order {order.no}</span>
              <span class="soft">{day_and_time(order.at)}</span>
              <span class="soft">{pieces(order.lines.reduce((sum, line) => sum + line.quantity, 0))}</span>
              <span class="number order-total">{money(order.total)}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function OrdersPage({ customer = load_customer() }: { customer?: string }) {
  useTitle("Orders");
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
