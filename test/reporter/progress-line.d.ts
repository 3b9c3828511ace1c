export class ProgressLine {
  constructor(
    output: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown },
    now?: () => number,
  );
  show(text: string): void;
  clear(): void;
}
