// The holds of the mock: pieces that are kept for a customer until a timer ends them.
export class Holds {
  // `items`: id -> item. `append(kind, fields)` adds an event and returns it. `sell(key, order)` makes an order of lines
  // that have left the stock.
  constructor(items, append, sell) {
    this.items = items;
    this.append = append;
    this.sell = sell;
    this.all = [];
    this.timers = new Set();
    this.longest = Infinity; // milliseconds; tests shorten all holds
  }
  end_all() {
    for (const timer of this.timers) clearTimeout(timer);
  }
  get(no) {
    return this.all[no - 1];
  }
  // The first line that cannot be held, with the word of its refusal.
  fault(lines) {
    for (const { item: id, quantity, price } of lines) {
      const item = this.items.get(id);
      if (!item) return ["unknown_item", { item: id }];
      if (price !== undefined && price !== item.price) return ["price_changed", { item: id, price: item.price }];
      const stock = item.stock - (item.held ?? 0);
      if (stock < quantity) return ["out_of_stock", { item: id, stock }];
    }
    return undefined;
  }
  place(key, { customer = "", lines, ttl: wanted }) {
    const ttl = Math.min(wanted, this.longest);
    const held = lines.map(({ item: id, quantity }) => {
      const item = this.items.get(id);
      item.held = (item.held ?? 0) + quantity;
      return { item: id, quantity, price: item.price, held: item.held };
    });
    const no = this.all.length + 1;
    const expires = Date.now() + ttl;
    const event = this.append("hold_placed", { key, hold: no, customer, lines: held, expires });
    const hold = { no, seq: event.seq, version: event.seq, at: event.at, expires, state: "open", key, customer };
    this.all.push({ ...hold, lines: held });
    this.touch(held, event.seq);
    const timer = setTimeout(() => this.get(no).state === "open" && this.end(no), ttl);
    this.timers.add(timer);
    return this.get(no);
  }
  // Without a key the hold has expired.
  end(no, key) {
    const hold = this.get(no);
    const lines = this.free(hold);
    hold.state = key ? "released" : "expired";
    const { seq } = this.append("hold_ended", { ...(key && { key }), hold: no, customer: hold.customer, lines });
    this.touch(lines, (hold.version = seq));
  }
  confirm(no, key) {
    const hold = this.get(no);
    const ended = this.free(hold);
    const lines = hold.lines.map(({ item: id, quantity, price }) => {
      const item = this.items.get(id);
      item.stock -= quantity;
      return { item: id, quantity, price, stock: item.stock };
    });
    const order = this.sell(key, { customer: hold.customer, lines }, "hold_confirmed", { hold: no, ended });
    Object.assign(hold, { state: "confirmed", order: order.no, version: order.seq });
    return order;
  }
  free(hold) {
    return hold.lines.map(({ item: id, quantity, price }) => {
      const item = this.items.get(id);
      item.held -= quantity;
      return { item: id, quantity, price, held: item.held };
    });
  }
  touch(lines, seq) {
    for (const line of lines) this.items.get(line.item).version = seq;
  }
}
