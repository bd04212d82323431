(** * HornerReadOut: how likely the input split or a read-out fails (S4's other terms).

    [split_prob]: 2 d_0 slots, the two halves of an input reading the same edges: still G1.
    [read_prob]: a hidden read-out fails with probability at most G2.
    [last_prob]: the output read-out, both signs together, with probability at most G3. *)
Require Import ZArith Reals List Lra Lia Psatz Bool Permutation.
From Pmone Require Import Sums Expansion Probability Pool Network Layers Split.
From Pmone Require Import HornerPlan HornerEvent.
Import ListNotations.
Open Scope R_scope.

Section ReadOut.
Variable T : plan.
Local Notation dims := (p_dims T).
Local Notation l := (p_l T).
Local Notation nU := (p_U T).
Local Notation K := (stages T).
Local Notation N := (width T).
Local Notation L := (depth T).
Hypothesis l_pos : (1 <= l)%nat.
Hypothesis Hsizes : sizes T.

(** ** the input split *)
Lemma split_prob w0 w :
  E (from T 0) (fun w' => ind (layerfail T 0 (place T 0 w0) w')) w <= G1 (2 * dims 0) nU half.
Proof.
  assert (Ht : (1 < L)%nat) by (unfold depth; nia).
  set (fits0 := fun w' => fit T 0 (place T 0 w0) w').
  assert (SP : forall w j r, (j < dims 0)%nat -> fits0 w (U j) r = w (0%nat, r, j)).
  { intros w' j r Hj. unfold fits0, fit, rq. cbn [layout_of lay_req lay_out]. unfold req,
      out. cbn [kind_of].
    destruct (Nat.ltb_spec j (dims 0)); [|lia]. cbn. destruct (w' _); auto. }
  assert (SM : forall w j r, (j < dims 0)%nat -> fits0 w (U (dims 0 + j)) r = negb (w (0%nat, r,
    j))).
  { intros w' j r Hj. unfold fits0, fit, rq. cbn [layout_of lay_req lay_out]. unfold req,
      out. cbn [kind_of].
    destruct (Nat.ltb_spec (dims 0 + j) (dims 0)); [lia|]. replace (dims 0 + j - dims 0)%nat with j
      by lia.
    cbn. destruct (w' _); auto. }
  pose proof (split_over (dims 0) U (fun j => U (dims 0 + j)) fits0 SP SM (poolU T) (from T 0) w) as
    S.
  unfold poolU in S at 4. rewrite seq_length in S.
  eapply Rle_trans; [|apply S; [apply seq_NoDup|apply from_nd|]].
  - right. apply E_ext. intros w' _. unfold layerfail. cbn [layout_of lay_groups]. unfold groups.
    cbn [kind_of existsb fst snd]. rewrite orb_false_r. reflexivity.
  - intros r j Hr Hj. apply in_from. repeat split; try lia.
    + rewrite wd_in by lia. apply in_seq in Hr. unfold width. lia.
    + unfold wd, shape. cbn. lia.
Qed.

(** ** read-outs *)
Lemma layer_ne (t a b c d : nat) : (S t, a, b) = (t, c, d) -> False.
Proof. intros H. injection H. lia. Qed.
Lemma layer_ne' (t a b c d : nat) : (t, a, b) = (S t, c, d) -> False.
Proof. intros H. injection H. lia. Qed.
Section Read.
Variables (i : nat) (w0 : signs).
Hypothesis Hi : (i < l)%nat.
Local Notation t := (time T i (S K)).
Local Notation n := (outs T i).
Local Notation pl := (place T (time T i (S K)) w0).

Lemma t_lt : (S t < L)%nat. Proof. apply time_lt; lia. Qed.
Definition edgeCC (r : nat) : coord := edgeC T t pl i r.

(** source o read with sign s; on the output side also the edge to output o, with the same sign *)
Definition own (base : nat) (s last : bool) (a : slot) (r : nat) : list (coord * bool) :=
  match a with
  | U o => ((t, r, pl (A (o - base))), s) :: (if last then [((S t, (o - base)%nat, r), s)] else [])
  | _ => []
  end.
Definition slots_from (base : nat) : list slot := map U (seq base n).

Lemma read_group base s last (alone : bool) w : (base = 0 \/ base = n)%nat ->
  (last = true -> S i = l) ->
  E (from T t) (fun w' =>
    ind (servefail (fun a r => shared edgeCC (negb s) w' r && fits (own base s last a r) w')
    (slots_from base)
       (if alone then filter (shared edgeCC (negb s) w') (pool T) else pool T))) w
  <= Gs (unfit (if last then 2 else 1)) n N.
Proof.
  intros Hb Hl. pose proof t_lt as Ht.
  assert (PI : forall o o', (o <= n)%nat -> (o' <= n)%nat -> pl (A o) = pl (A o') -> o = o').
  { intros o o' Ho Ho' Eq. apply pl_inj in Eq; auto using slots_M. congruence. }
  assert (PL : forall o, (o <= n)%nat -> (pl (A o) < wd T t)%nat) by (intros; apply pl_lt;
    auto using slots_M).
  assert (SI : forall a, In a (slots_from base) -> exists o, a = U o /\ (o - base < n)%nat /\
    (base <= o)%nat).
  { intros a Ha. apply in_map_iff in Ha as [o [<- Ho]]. apply in_seq in Ho. exists o. split;
      auto. lia. }
  assert (CI : forall a r z, In a (slots_from base) -> In z (cds (own base s last) a r) ->
     exists o, a = U o /\ (o - base < n)%nat /\ (base <= o)%nat /\
       (z = (t, r, pl (A (o - base))) \/ (last = true /\ z = (S t, (o - base)%nat, r)))).
  { intros a r z Ha Hz. destruct (SI a Ha) as (o & -> & H1 & H2). exists o. repeat split; auto.
    unfold cds, own in Hz. destruct last; cbn in Hz; (destruct Hz as [<-|Hz]; [left; reflexivity|]);
      [|easy].
    destruct Hz as [<-|[]]. right. auto. }
  assert (LS : length (slots_from base) = n) by (unfold slots_from; rewrite map_length, seq_length;
    auto).
  assert (LP : length (pool T) = N) by (unfold pool; apply seq_length).
  rewrite <- LS, <- LP.
  apply G2_pool_failure.
  - destruct last; lia.
  - apply seq_NoDup.
  - apply from_nd; auto.
  - apply NoDup_app_intro.
    + apply NoDup_map_in; [apply seq_NoDup|]. unfold edgeCC, edgeC. intros; congruence.
    + apply scds_NoDup.
      * apply seq_NoDup.
      * apply NoDup_map_in; [apply seq_NoDup|]. intros; congruence.
      * intros a r Ha Hr. destruct (SI a Ha) as (o & -> & _). unfold cds, own.
        destruct last; cbn [map fst]; repeat constructor; auto. intros [X|[]]. apply layer_ne in X.
        easy.
      * intros a a' r r' z Ha Ha' Hr Hr' H1 H2.
        destruct (CI a r z Ha H1) as (o & -> & L1 & L2 & [-> |[_ ->]]);
        destruct (CI a' r' _ Ha' H2) as (o' & -> & L1' & L2' & [X|[_ X]]).
        -- injection X as -> Y. split; auto. apply PI in Y; try lia. f_equal. lia.
        -- apply layer_ne' in X. easy.
        -- apply layer_ne in X. easy.
        -- injection X as Y ->. split; auto. f_equal. lia.
    + intros z H1 H2. apply in_map_iff in H1 as [r [<- Hr]]. apply in_flat_map in H2 as [a [Ha H2]].
      apply in_flat_map in H2 as [r' [Hr' H2]]. destruct (CI _ _ _ Ha H2) as (o & ->
        & L1 & L2 & [X|[_ X]]);
        unfold edgeCC, edgeC in X.
      * injection X as _ Y. apply PI in Y; lia.
      * apply layer_ne' in X. easy.
  - intros z Hz. assert (PW : forall r, In r (pool T) -> (r < wd T (S t))%nat) by (intros;
      apply pool_lt; auto).
    apply in_app_or in Hz as [Hz|Hz].
    + apply in_map_iff in Hz as [r [<- Hr]]. unfold edgeCC, edgeC. apply in_from; auto.
      repeat split; auto; lia.
    + apply in_flat_map in Hz as [a [Ha Hz]]. apply in_flat_map in Hz as [r [Hr Hz]].
      destruct (CI _ _ _ Ha Hz) as (o & -> & L1 & L2 & [-> |[El ->]]); apply in_from; auto.
      * repeat split; auto; try lia. apply PL; lia.
      * specialize (Hl El). repeat split; auto; try lia.
        replace (S (S t)) with L by (rewrite time_S, time_next, Hl; symmetry; apply time_last).
        rewrite wd_out by auto. unfold outs in L1. rewrite Hl in L1. auto.
  - intros a r Ha. destruct (SI a Ha) as (o & -> & _). unfold own. destruct last; auto.
Qed.

Lemma read_prob w : S i <> l ->
  E (from T t) (fun w' => ind (layerfail T t (place T t w0) w')) w <= G2 n N.
Proof.
  intros Hl. rewrite <- G2_closed. replace (1/2) with (unfit 1) by (unfold unfit; cbn; lra).
  eapply Rle_trans; [|apply (read_group 0 true false false w); [auto|discriminate]].
  right. apply E_ext. intros w' _. f_equal. unfold layerfail. cbn [layout_of lay_groups].
  unfold groups. rewrite kind_read.
  destruct (Nat.eqb_spec (S i) l) as [?E|_]; [lia|]. cbn [existsb fst snd]. rewrite orb_false_r.
  unfold slots_from, us.
  apply serve_ext. intros a r Ha _. apply in_map_iff in Ha as [o [<- Ho]]. apply in_seq in Ho.
  unfold fit, rq. cbn [layout_of lay_req lay_out]. unfold req, out, own, shared, edgeCC, edgeC.
  rewrite kind_read.
  destruct (Nat.ltb_spec o n); [|lia]. destruct (Nat.eqb_spec (S i) l) as [?E|_]; [lia|].
  rewrite Nat.sub_0_r. reflexivity.
Qed.

Lemma last_prob w : S i = l ->
  E (from T t) (fun w' => ind (layerfail T t (place T t w0) w')) w <= G3 n N.
Proof.
  intros Hl. rewrite <- G3_closed. replace (3/4) with (unfit 2) by (unfold unfit; cbn; lra).
  pose proof (read_group 0 true true true w (or_introl eq_refl) (fun _ => Hl)) as B1.
  pose proof (read_group n false true true w (or_intror eq_refl) (fun _ => Hl)) as B2.
  eapply Rle_trans with (E (from T t) (fun w' =>
    ind (servefail (fun a r => shared edgeCC false w' r && fits (own 0 true true a r) w')
      (slots_from 0)
       (filter (shared edgeCC false w') (pool T))) +
    ind (servefail (fun a r => shared edgeCC true w' r && fits (own n false true a r) w')
      (slots_from n)
       (filter (shared edgeCC true w') (pool T)))) w).
  - apply E_le. intros w' _. unfold layerfail. cbn [layout_of lay_groups]. unfold groups.
    rewrite kind_read, Hl, Nat.eqb_refl.
    cbn [existsb fst snd]. rewrite orb_false_r.
    eapply Rle_trans; [apply ind_or|]. right. f_equal; f_equal; unfold slots_from, us.
    + apply serve_ext. intros a r Ha _. apply in_map_iff in Ha as [o [<- Ho]]. apply in_seq in Ho.
      unfold fit, rq. cbn [layout_of lay_req lay_out]. unfold req, out, own, shared, edgeCC, edgeC.
      rewrite kind_read, Hl, Nat.eqb_refl.
      destruct (Nat.ltb_spec o n); [|lia]. rewrite Nat.sub_0_r. reflexivity.
    + apply serve_ext. intros a r Ha _. apply in_map_iff in Ha as [o [<- Ho]]. apply in_seq in Ho.
      unfold fit, rq. cbn [layout_of lay_req lay_out]. unfold req, out, own, shared, edgeCC, edgeC.
      rewrite kind_read, Hl, Nat.eqb_refl.
      destruct (Nat.ltb_spec o n); [lia|]. reflexivity.
  - rewrite E_plus. cbn [negb] in B1, B2. lra.
Qed.
End Read.
End ReadOut.
