import type { TableField } from '../bridge/index';

/** What a column can be taken as, in the order of the form. A field without its place here is a type error. */
const order: Record<TableField, number> = {
  leave_out: 0,
  source_id: 1,
  given_name: 2,
  middle_name: 3,
  family_name: 4,
  prefix: 5,
  suffix: 6,
  preferred_name: 7,
  date_of_birth: 8,
  estimated_age_years: 9,
  sex: 10,
  email: 11,
  phone: 12,
  language: 13,
  address_line: 14,
  city: 15,
  state: 16,
  postal_code: 17,
  country: 18,
  ssn: 19,
  insurance_number: 20,
  contact_name: 21,
  contact_relationship: 22,
  contact_phone: 23,
  deceased_date: 24,
};

export const tableFields = (Object.keys(order) as TableField[]).sort((a, b) => order[a] - order[b]);
