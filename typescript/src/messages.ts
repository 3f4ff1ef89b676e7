// Reads server-sent events out of text that comes in pieces. Pure. Tests: tests/typescript/unit/follow.test.mjs

// `data` is missing if the message only tells an id.
export interface Message {
  event: string;
  id?: string;
  data?: string;
}

const MESSAGE_CHARS_MAX = 16 * 1024 * 1024; // far more than an event has; so a foreign server cannot fill the memory

export class MessageReader {
  private rest = "";
  private message: Message = { event: "message" };

  // The messages that end in this piece. `undefined` stands for a comment, which a bridge sends as a sign of life.
  take(piece: string): (Message | undefined)[] {
    const lines = (this.rest + piece).split(/\r\n|\n/);
    this.rest = lines.pop()!;
    if (this.rest.length + (this.message.data?.length ?? 0) > MESSAGE_CHARS_MAX)
      throw new Error("a message is too long");
    const read: (Message | undefined)[] = [];
    for (const line of lines) {
      if (line === "") this.end(read);
      else if (line.startsWith(":")) read.push(undefined);
      else this.field(line);
    }
    return read;
  }

  private field(line: string): void {
    const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line)!;
    if (name === "event") this.message.event = value!;
    if (name === "id") this.message.id = value!;
    if (name === "data")
      this.message.data = this.message.data === undefined ? value! : `${this.message.data}\n${value}`;
  }

  private end(read: (Message | undefined)[]): void {
    const { id, data } = this.message;
    if (id !== undefined || data !== undefined) read.push(this.message);
    this.message = { event: "message" };
  }
}
