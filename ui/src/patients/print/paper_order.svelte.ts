// What is to be printed, as chosen so far, and the calls that see, print and save it.
import {
  call,
  type ChartPaper,
  type HandedOut,
  type LabelCode,
  type LabelStock,
  type PaperForm,
  type PaperOrder,
  type PaperPreviewed,
  type PaperPrinted,
  type PaperSize,
  type ParticularsPaper,
} from '../../bridge/index';
import { spokenLanguage } from '../../app/i18n/index.svelte';
import { may } from '../../app/session.svelte';

export type PaperKind = 'label' | 'registration' | 'summary' | 'letter';

/** Labels on a sheet; a roll has no place to begin at. */
export const onASheet: Partial<Record<LabelStock, number>> = { sheet_l7160: 21, sheet5160: 30 };
export const stocks: readonly LabelStock[] = [
  'roll57x32',
  'roll62x29',
  'roll50x25',
  'roll102x51',
  'sheet_l7160',
  'sheet5160',
];

type Chosen = { chart: ChartPaper } | { particulars: ParticularsPaper };

export class PaperChoice {
  kind = $state<PaperKind>('label');
  size = $state<PaperSize>('a4');
  stock = $state<LabelStock>('roll57x32');
  code = $state<LabelCode>('qr');
  start = $state(1);
  copies = $state(1);
  form = $state<PaperForm>('pdf');
  subject = $state('');
  text = $state('');
  missing_as_boxes = $state(false);

  constructor(private readonly patient_id: string) {}

  /** What the role may print. */
  readonly kinds: readonly PaperKind[] = [
    ...(may('print_particulars') ? (['label', 'registration'] as const) : []),
    ...(may('print_chart_paper') ? (['summary', 'letter'] as const) : []),
  ];

  /** A file of the chart leaves through a clinician alone. */
  get maySave(): boolean {
    const of_chart = this.kind === 'summary' || this.kind === 'letter';
    return may(of_chart ? 'save_chart_paper' : 'save_particulars');
  }

  get sheet(): number | undefined {
    return this.kind === 'label' ? onASheet[this.stock] : undefined;
  }
  get onARoll(): boolean {
    return this.kind === 'label' && this.sheet === undefined;
  }
  /** A letter leaves with subject and text; a number is one of those that are asked for. */
  get complete(): boolean {
    const whole = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most;
    if (!whole(this.copies, 99) || (this.sheet && !whole(this.start, this.sheet))) return false;
    return this.kind !== 'letter' || (this.subject.trim() !== '' && this.text.trim() !== '');
  }

  private order(): PaperOrder {
    return {
      patient_id: this.patient_id,
      language: spokenLanguage(),
      copies: Math.min(99, Math.max(1, Math.trunc(this.copies) || 1)),
      missing_as_boxes: this.missing_as_boxes,
    };
  }

  private paper(): Chosen {
    const size = this.size;
    switch (this.kind) {
      case 'label': {
        const start = Math.max(1, Math.trunc(this.start) || 1);
        return { particulars: { kind: 'label', code: this.code, stock: this.stock, start } };
      }
      case 'registration':
        return { particulars: { kind: 'registration', size } };
      case 'summary':
        return { chart: { kind: 'summary', size } };
      case 'letter':
        return { chart: { kind: 'letter', size, subject: this.subject, text: this.text } };
    }
  }

  preview(page: number): Promise<PaperPreviewed> {
    const [order, chosen] = [this.order(), this.paper()];
    return 'chart' in chosen
      ? call('preview_chart_paper', { order, paper: chosen.chart, page })
      : call('preview_particulars', { order, paper: chosen.particulars, page });
  }

  print(printer: string): Promise<PaperPrinted> {
    const [order, chosen] = [this.order(), this.paper()];
    return 'chart' in chosen
      ? call('print_chart_paper', { order, paper: chosen.chart, printer })
      : call('print_particulars', { order, paper: chosen.particulars, form: this.usedForm, printer });
  }

  save(place_id: string): Promise<HandedOut> {
    const [order, chosen] = [this.order(), this.paper()];
    return 'chart' in chosen
      ? call('save_chart_paper', { order, paper: chosen.chart, place_id })
      : call('save_particulars', { order, paper: chosen.particulars, form: this.usedForm, place_id });
  }

  /** ZPL is of labels on a roll; whatever was chosen for one does not follow to other papers. */
  private get usedForm(): PaperForm {
    return this.onARoll ? this.form : 'pdf';
  }
}
