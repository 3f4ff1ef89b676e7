// A program that follows orders with a subscription until it is killed: it prints their numbers. `mailer.mjs URL`
import { Pygmy } from "../../../typescript/dist/index.js";

const mailer = await new Pygmy({ url: process.argv[2] }).subscribe({
  name: "mailer",
  types: ["order_placed"],
  from: 1,
});
for await (const told of mailer.events()) {
  console.log(told.reset ? "reset" : told.data.no);
  if (!told.reset) await mailer.acknowledge(told.seq);
}
