/** The app-server's methods that this project calls, by what they are for. */
export const CODEX_CONTROL_METHODS = {
  account: "account/read",
  login: "account/login/start",
  startThread: "thread/start",
  resumeThread: "thread/resume",
  readThread: "thread/read",
  listTurns: "thread/turns/list",
  unsubscribeThread: "thread/unsubscribe",
  startTurn: "turn/start",
  steerTurn: "turn/steer",
  interruptTurn: "turn/interrupt",
} as const;
