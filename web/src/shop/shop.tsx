// The frame of the shop: the header, the page that the address names, and the footer.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Account, SignIn } from "../shared/account.tsx";
import { Announcer } from "../shared/announce.tsx";
import { IconBasket, IconPulse, IconReceipt, IconSearch } from "../shared/icons.tsx";
import { count } from "../shared/money.ts";
import { ThemeToggle } from "../shared/theme.tsx";
import { may_look, useWho } from "../shared/who.ts";
import { pieces_in } from "./basket.ts";
import { BasketPage } from "./basket_page.tsx";
import { Browse } from "./browse.tsx";
import { CheckoutPage } from "./checkout_page.tsx";
import { ItemPage } from "./item_page.tsx";
import { useBasket } from "./kept.ts";
import { OrderPage } from "./order_page.tsx";
import { OrdersPage } from "./orders_page.tsx";
import { follow_place } from "./place.ts";
import { parse_route, to, type Route } from "./route.ts";
import { Settling } from "./settling.tsx";

function useRoute(): Route {
  const [route, set_route] = useState(() => parse_route(location.hash));
  // An effect that ran later would miss an address that changes while the page is drawn for the first time.
  useLayoutEffect(() => {
    const listener = () => set_route(parse_route(location.hash));
    addEventListener("hashchange", listener);
    return () => removeEventListener("hashchange", listener);
  }, []);
  return route;
}

function Page({ route }: { route: Route }) {
  const { who } = useWho();
  if (route.page === "sign-in" && !who?.credential) {
    return (
      <SignIn title="Sign in" why="Your token gives you your orders. You got it from the people who run this shop." />
    );
  }
  if (who && !may_look(who)) return <SignIn title="Sign in to the shop" why="This shop is for people with a token." />;
  switch (route.page) {
    case "sign-in": // it has worked
      return <Browse />;
    case "browse":
      return <Browse topic={route.topic} text={route.text} sort={route.sort} />;
    case "item":
      return <ItemPage id={route.id} key={route.id} />;
    case "basket":
      return <BasketPage />;
    case "checkout":
      return <CheckoutPage />;
    case "orders":
      return <OrdersPage customer={route.customer} key={route.customer} />;
    case "order":
      return <OrderPage no={route.no} placed={!!route.placed} key={route.no} />;
    case "nowhere":
      return (
        <section class="empty">
          <h1 tabIndex={-1}>There is no such page</h1>
          <a href={to.browse()}>Back to the shop</a>
        </section>
      );
  }
}

function Search({ text }: { text?: string }) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const words = new FormData(event.target as HTMLFormElement).get("text");
    location.hash = to.browse(undefined, String(words ?? "").trim());
  };
  return (
    <form class="search" role="search" aria-label="Titles" onSubmit={submit}>
      <IconSearch />
      <input
        class="field"
        type="search"
        name="text"
        aria-label="Search titles"
        placeholder="Search titles"
        maxLength={100}
        defaultValue={text}
        key={text}
        enterkeyhint="search"
      />
    </form>
  );
}

function BasketLink() {
  const pieces = pieces_in(useBasket());
  return (
    <a class="nav-link" href={to.basket()}>
      <IconBasket />
      <span>Basket</span>
      <span class="badge number" data-empty={pieces === 0}>
        {count(pieces)}
        <span class="hidden-text">{pieces === 1 ? " piece in it" : " pieces in it"}</span>
      </span>
    </a>
  );
}

// In an open store nobody needs a token.
function SignInLink() {
  const { who } = useWho();
  if (!who || who.credential || who.anonymous === "all") return null;
  return (
    <a class="nav-link" href={to.sign_in()}>
      Sign in
    </a>
  );
}

export function Shop() {
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(follow_place, []);
  // The heading of a new page gets the focus, so that keyboards and screen readers start there.
  const place = route.page + ("id" in route ? route.id : "no" in route ? route.no : "");
  useEffect(() => {
    if (!first.current) main.current?.querySelector("h1")?.focus({ preventScroll: true });
    first.current = false;
  }, [place]);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        Skip to the content
      </a>
      <header class="top">
        <div class="top-inner">
          <a class="brand" href={to.browse()} aria-label="Pygmy shop, all items">
            <span class="brand-mark" aria-hidden="true">
              P
            </span>
            <span class="brand-name">Pygmy</span>
          </a>
          <Search text={route.page === "browse" ? route.text : undefined} />
          <nav aria-label="Your things">
            <a class="nav-link" href={to.orders()}>
              <IconReceipt />
              <span>Orders</span>
            </a>
            <BasketLink />
            <SignInLink />
            <Account />
            <ThemeToggle />
          </nav>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Settling />
        <Page route={route} />
      </main>
      <footer class="bottom">
        <p>The stock you see is the stock there is, this very moment.</p>
        <p>
          <a href="/ops">
            <IconPulse /> Control room
          </a>
          <a href="/docs">HTTP interface</a>
        </p>
      </footer>
      <Announcer />
    </>
  );
}
