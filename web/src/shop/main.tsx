import { render } from "preact";
import { with_currency } from "../shared/currency.ts";
import { apply_theme } from "../shared/theme.tsx";
import { with_who } from "../shared/who.ts";
import "../shared/base.css";
import "./shop.css";
import { Shop } from "./shop.tsx";

apply_theme();
const app = document.getElementById("app")!;
let drawn = 0;
void with_who(() => void with_currency(() => render(<Shop key={drawn++} />, app)));
