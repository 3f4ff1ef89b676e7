// A bar for the sales of each of the last days. They are read when somebody asks, because that takes many requests.
import { useState } from "preact/hooks";
import { api, type Problem } from "../shared/api.ts";
import { IconAlert } from "../shared/icons.tsx";
import { count, money, pieces } from "../shared/money.ts";
import { may_see_orders, useWho } from "../shared/who.ts";
import { last_sales, ORDERS_MAX, type Sales } from "./sales.ts";

function Days({ sales }: { sales: Sales }) {
  const most = Math.max(1, ...sales.days.map((day) => day.net));
  return (
    <table class="waterfall">
      <caption>
        Sales without those that were taken back; days are those of UTC.
        {!sales.whole && ` These are the last ${count(ORDERS_MAX)} orders: the oldest day may have had more.`}
      </caption>
      <tbody>
        {sales.days.map((day) => (
          <tr key={day.day}>
            <th scope="row">{day.day}</th>
            <td class="number">
              {money(day.net)} <span class="soft">{pieces(day.pieces)}</span>
            </td>
            <td class="wide">
              <svg width="100%" height="16" preserveAspectRatio="none" viewBox="0 0 1000 16" aria-hidden="true">
                <rect class="bar-ground" width="1000" height="16" />
                <rect class="bar-lease" width={(Math.max(0, day.net) / most) * 1000} height="16" />
              </svg>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function SalesByDay() {
  const [sales, set_sales] = useState<Sales>();
  const [problem, set_problem] = useState<Problem>();
  const [reading, set_reading] = useState(false);
  if (!may_see_orders(useWho().who)) return null;
  const read = async () => {
    set_reading(true);
    set_problem(undefined);
    try {
      set_sales(await last_sales(api.all_orders));
    } catch (error) {
      set_problem(error as Problem);
    }
    set_reading(false);
  };
  return (
    <section class="panel" aria-labelledby="sales-title">
      <div class="panel-head">
        <h2 id="sales-title">Sales by day</h2>
        <button type="button" class="button small" disabled={reading} onClick={() => void read()}>
          Read the last orders
        </button>
      </div>
      {problem && (
        <p class="note bad" role="alert">
          <IconAlert /> {problem.message}
        </p>
      )}
      {sales && sales.days.length > 0 && <Days sales={sales} />}
      {sales?.days.length === 0 && <p class="soft">Nothing was ordered yet.</p>}
    </section>
  );
}
