import { render } from "preact";
import { apply_theme } from "../shared/theme.tsx";
import "../shared/base.css";
import "./shop.css";
import { Shop } from "./shop.tsx";

apply_theme();
render(<Shop />, document.getElementById("app")!);
