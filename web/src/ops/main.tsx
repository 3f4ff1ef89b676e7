import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import { apply_theme } from "../shared/theme.tsx";
import "../shared/base.css";
import "./ops.css";
import { ControlRoom } from "./control_room.tsx";

apply_theme();
render(<ControlRoom />, document.getElementById("app")!);
