const MAX_COLUMNS = 120;

/** Prettier holds code to this width, but leaves comments as they are. */
export const commentsPlugin = {
  rules: {
    width: {
      meta: {
        type: 'layout',
        schema: [],
        docs: { description: `Lines with comments have at most ${MAX_COLUMNS} columns` },
      },
      create(context) {
        const { lines } = context.sourceCode;
        const checkLine = (line) => {
          const { length } = lines[line - 1];
          if (length <= MAX_COLUMNS) return;
          const loc = { start: { line, column: MAX_COLUMNS }, end: { line, column: length } };
          context.report({ loc, message: `a comment line of ${length} columns; ${MAX_COLUMNS} are the most` });
        };
        return {
          Program() {
            for (const { loc } of context.sourceCode.getAllComments()) {
              for (let line = loc.start.line; line <= loc.end.line; line++) checkLine(line);
            }
          },
        };
      },
    },
  },
};
