import { render } from "preact";
import { App } from "./app.tsx";
import { connect } from "./stream.ts";

render(<App />, document.getElementById("page") as HTMLElement);
connect();
