// Draws a component again only if its properties have changed. (Preact's own memo is in preact/compat, which we avoid.)
import { Component, h, type ComponentType } from "preact";

export function memo<Given extends object>(Drawn: ComponentType<Given>): ComponentType<Given> {
  return class extends Component<Given> {
    override shouldComponentUpdate(next: Given) {
      return Object.keys(next).some((name) => next[name as keyof Given] !== this.props[name as keyof Given]);
    }
    render() {
      return h(Drawn as ComponentType<object>, this.props);
    }
  } as ComponentType<Given>;
}
