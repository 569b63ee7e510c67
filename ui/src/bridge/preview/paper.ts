// Papers in the preview: a white page with how many there would be; a letter grows with its text.
import { problem } from '../backend';
import type {
  ChartPaper,
  PaperOrder,
  PaperPreviewed,
  PaperPrinted,
  ParticularsPaper,
  PreviewChartPaper,
  PreviewParticulars,
  PrintChartPaper,
  PrintParticulars,
  SaveChartPaper,
  SaveParticulars,
} from '../generated/index';

/** One white pixel (PNG). */
const white = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTjoowAAAABJRU5ErkJggg==';

function pagesOf(paper: ChartPaper | ParticularsPaper): number {
  switch (paper.kind) {
    case 'summary':
      return 3;
    case 'letter':
      return 1 + Math.floor(paper.text.length / 2500);
    case 'label':
    case 'registration':
      return 1;
  }
}

/** The preview's fonts have no Chinese. */
function missingIn(paper: ChartPaper | ParticularsPaper): string[] {
  const text = paper.kind === 'letter' ? paper.text : '';
  return [...new Set(text.match(/\p{Script=Han}/gu) ?? [])];
}

function seen(paper: ChartPaper | ParticularsPaper, asked: number): PaperPreviewed {
  const pages = pagesOf(paper);
  const roll = paper.kind === 'label' && paper.stock.startsWith('roll');
  return {
    pages, page: Math.min(asked, pages - 1), width_mm: roll ? 57 : 210, height_mm: roll ? 32 : 297, picture: white,
    missing: missingIn(paper), shortened: false, warnings: [],
  }; // prettier-ignore
}

function checked(order: PaperOrder, paper: ChartPaper | ParticularsPaper): void {
  if (paper.kind === 'letter' && paper.text.trim() === '')
    throw problem('invalid_input', 'letter_text_missing', { field: 'text' });
  if (missingIn(paper).length > 0 && !order.missing_as_boxes)
    throw problem('invalid_input', 'paper_characters_missing', { field: 'missing_as_boxes' });
}

function print({ order, paper, printer }: PrintParticulars | PrintChartPaper): PaperPrinted {
  checked(order, paper);
  return { printer, pages: pagesOf(paper), copies: order.copies };
}

function save({ order, paper }: SaveParticulars | SaveChartPaper): { file: string } {
  checked(order, paper);
  return { file: `RustCare-${paper.kind}-2026-11-24.pdf` };
}

export const paperHandlers = {
  list_printers: () => ({
    printing: true,
    printers: ['Front_desk', 'Label_printer'],
    preferred: 'Front_desk',
    size: 'a4' as const,
  }),
  preview_particulars: ({ paper, page }: PreviewParticulars) => seen(paper, page),
  print_particulars: print,
  save_particulars: save,
  preview_chart_paper: ({ paper, page }: PreviewChartPaper) => seen(paper, page),
  print_chart_paper: print,
  save_chart_paper: save,
};
