/** Pictures, sounds and files, in and out: scenarios on a stage that others use too. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { png, widthsOf } from "../support/pictures.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { answerTo, boundLines, botSays, SPOKEN, type Stage } from "./stage.js";

export const SENDER = 2010;
export const SENDERS_GROUP = -3003;

function lastOf(album: readonly TranscriptEntry[]): TranscriptEntry {
  const last = album.at(-1);
  if (!last) throw new Error("an album of nothing");
  return last;
}

const file = (name: string, text: string) => ({
  document: { name, mimeType: "text/plain", bytes: Buffer.from(text) },
});

/** A line of the patch that Codex applies for `edit`. */
const patched = (lines: number): string => "+a line\n".repeat(lines);

export function mediaScenarios(stage: () => Stage, member: number): void {
  const command = (text: string, answer: RegExp) =>
    stage().replyTo(stage().say(SENDER, `/codexchat ${text}`), answer);

  test("an album is one turn: its pictures in the order sent, its caption once", async () => {
    await stage().bind(SENDER);
    const { person } = stage().chain.telegram;
    const album = person.sendAlbum(
      SENDER,
      "three of them",
      [3, 1, 2].map((width) => ({ photo: png(width) })),
    );
    await stage().replyTo(lastOf(album), /^Codex heard: three of them\n/);
    const alone = person.say(SENDER, "", { photo: png(7) });
    await stage().replyTo(alone, /^Codex heard: <image/);
    const files = person.sendAlbum(SENDER, "", [file("b.txt", "B"), file("a.txt", "A")]);
    await stage().replyTo(
      lastOf(files),
      /^Codex heard: Attached file: \S+\/b\S*\.txt\n\nAttached file: \S+\/a\S*\.txt$/,
    );

    const [withAlbum, ...more] = stage().requestsWith("three of them");
    expect(withAlbum && widthsOf(withAlbum)).toEqual([3, 1, 2]);
    expect(withAlbum?.history).toHaveLength(1);
    // What follows has it in its history: nothing came twice.
    expect(more.map(({ history }) => history.length)).toEqual([2, 3]);
    expect(
      more.flatMap(({ history }) => history).filter((text) => /\[Telegram/.test(text)),
    ).toEqual([]);
    const [withoutWords] = more;
    expect(withoutWords && widthsOf(withoutWords)).toEqual([7]);
    expect(stage().readChat(SENDER)).toEqual([
      ...boundLines(),
      "person: three of them",
      "person: ",
      "person: ",
      botSays(/^Codex heard: three of them/),
      "person: ",
      botSays(/^Codex heard: <image/),
      "person: ",
      "person: ",
      botSays(/^Codex heard: Attached file/),
    ]);
  });

  test("a voice message is its transcript; without one the person hears what to do", async () => {
    const { person } = stage().chain.telegram;
    const voice = Buffer.concat([Buffer.from("OggS"), Buffer.alloc(4000, 7)]);
    const before = stage().readChat(SENDER).length;
    const spoken = person.say(SENDER, "", { voice });
    await stage().replyTo(spoken, new RegExp(`^Codex heard: .*"${SPOKEN}"$`));
    // In groups that need no mention OpenClaw does not transcribe for plugins.
    await stage().bind(SENDERS_GROUP, member);
    const unheard = person.say(SENDERS_GROUP, "", { voice, from: member });
    await stage().replyTo(
      unheard,
      /^Codex cannot listen to voice messages.*In groups OpenClaw transcribes only/,
    );

    expect(stage().readChat(SENDER).slice(before)).toEqual([
      "person: ",
      botSays(/^Codex heard: \[Audio transcript/),
    ]);
    expect(stage().readChat(SENDERS_GROUP)).toEqual([
      ...boundLines(),
      "person: ",
      botSays(/^Codex cannot listen/),
    ]);
  });

  test("what a message replies to, whose it is and who speaks reaches Codex beside the words", async () => {
    const { person } = stage().chain.telegram;
    const ann = { id: 88, is_bot: false, first_name: "Ann", username: "ann" };
    const date = 1_790_000_000;
    const chat = { id: SENDER, type: "private", first_name: "Person" };
    const said = { message_id: 900_001, date, chat, from: ann, text: "1. fix it\n2. drop it" };
    const reply = person.say(SENDER, "only the second", { more: { reply_to_message: said } });
    await stage().replyTo(reply, /only the second$/);
    const origin = { type: "user", sender_user: ann, date };
    const forward = person.say(SENDER, "the page is blank", { more: { forward_origin: origin } });
    await stage().replyTo(forward, /the page is blank$/);
    const wav = { name: "beep.wav", mimeType: "audio/x-wav", bytes: Buffer.from("RIFF") };
    const sound = person.say(SENDER, "put this into assets", { document: wav });
    await stage().replyTo(sound, /Attached file: \S+\.wav$/);
    const before = stage().readChat(SENDERS_GROUP).length;
    const inGroup = person.say(SENDERS_GROUP, "it is my turn", { from: member });
    await stage().replyTo(inGroup, /it is my turn$/);

    const heard = (words: string): string =>
      stage()
        .requestsWith(words)
        .at(-1)
        ?.history.findLast((text) => text.includes(words)) ?? "";
    expect(heard("only the second")).toMatch(
      /^\[A reply to a message by [^]*> 1\. fix it\n> 2\. drop it\nonly the second$/,
    );
    expect(heard("the page is blank")).toMatch(/^\[Forwarded from Ann \(@ann\), 2026-[^]*blank$/);
    expect(heard("it is my turn")).toMatch(/^\[From Person \d+ \(@person\d+\):\]\nit is my turn$/);
    expect(stage().readChat(SENDERS_GROUP).slice(before)).toEqual([
      "person: it is my turn",
      "bot: Codex heard: it is my turn",
    ]);
  });

  test("a file of the thread's folder is sent into the chat, and no other", async () => {
    const { workspace, gateway, telegram } = stage().chain;
    const before = stage().readChat(SENDER).length;
    await mkdir(join(workspace, "my docs"));
    await writeFile(join(workspace, "my docs", "report.txt"), "all is well");
    await writeFile(join(workspace, "picture.png"), png(9));
    await command("send my docs/report.txt", /^Sent: report/);
    await command("send picture.png", /^Sent: picture/);
    await command("send /etc/passwd", /^Only files inside this thread's folder/);

    const sent = telegram
      .chat(SENDER)
      .filter(({ from, files }) => from === "bot" && files.length > 0);
    expect(sent.map(({ kind, files: [first] }) => [kind, first?.name])).toEqual([
      ["document", "report.txt"],
      ["photo", "picture.png"],
    ]);
    expect(sent[0]?.files[0]?.bytes.toString()).toBe("all is well");
    expect(await readdir(join(gateway.stateFolder, "media", "codex-conversation"))).toEqual([]);
    expect(stage().readChat(SENDER).slice(before)).toEqual([
      "person: /codexchat send my docs/report.txt",
      "bot: ",
      botSays(/^Sent: report/),
      "person: /codexchat send picture.png",
      "bot: ",
      botSays(/^Sent: picture/),
      "person: /codexchat send /etc/passwd",
      botSays(/^Only files inside/),
    ]);
  });

  test("what Codex changed is shown, and sent as a file where it is long", async () => {
    const before = stage().readChat(SENDER).length;
    await command("diff", /^Codex made no edits of its own in its last \d turns/);
    const edit = async (said: string, patch: string): Promise<void> => {
      const call = `apply_patch <<'EOF'\n*** Begin Patch\n${patch}*** End Patch\nEOF`;
      stage().playWhenAsked(said, [
        { do: "shell", command: call },
        { do: "say", text: answerTo(said), phase: "final_answer" },
      ]);
      await stage().talk(SENDER, said);
    };
    await edit("edit a bit", `*** Add File: short.txt\n${patched(2)}`);
    const short = await command("diff", /^The last turn changed short/);
    expect(short.text).toMatch(/\+\+\+ b\/short\.txt\n@@ -0,0 \+1,2 @@\n\+a line\n\+a line\n/);
    await edit("edit a lot", `*** Add File: long.txt\n${patched(100)}`);
    await command("diff", /^The last turn changed long[^]*Sent: changes/);

    const sent = stage()
      .chain.telegram.chat(SENDER)
      .findLast(({ files }) => files.length > 0);
    expect(sent).toMatchObject({
      from: "bot",
      kind: "document",
      files: [{ name: "changes.diff" }],
    });
    expect(sent?.files[0]?.bytes.toString()).toMatch(
      /\+\+\+ b\/long\.txt\n@@ -0,0 \+1,100 @@\n\+a/,
    );
    expect(stage().readChat(SENDER).slice(before)).toEqual([
      "person: /codexchat diff",
      botSays(/^Codex made no edits/),
      "person: edit a bit",
      `bot: ${answerTo("edit a bit")}`,
      "person: /codexchat diff",
      botSays(/^The last turn changed short/),
      "person: edit a lot",
      `bot: ${answerTo("edit a lot")}`,
      "person: /codexchat diff",
      "bot: ",
      botSays(/^The last turn changed long/),
    ]);
  });
}
